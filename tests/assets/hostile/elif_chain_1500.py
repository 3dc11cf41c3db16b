# [hostile]
# family = "bombs"
# static = true
# attempt = "fifteen hundred elif branches, each one level deeper in the tree"
# canary = "none"
from dataclasses import dataclass, field

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder

def legend(a):
    if a == 0:
        return 0
    elif a == 1:
        return 1
    elif a == 2:
        return 2
    elif a == 3:
        return 3
    elif a == 4:
        return 4
    elif a == 5:
        return 5
    elif a == 6:
        return 6
    elif a == 7:
        return 7
    elif a == 8:
        return 8
    elif a == 9:
        return 9
    elif a == 10:
        return 10
    elif a == 11:
        return 11
    elif a == 12:
        return 12
    elif a == 13:
        return 13
    elif a == 14:
        return 14
    elif a == 15:
        return 15
    elif a == 16:
        return 16
    elif a == 17:
        return 17
    elif a == 18:
        return 18
    elif a == 19:
        return 19
    elif a == 20:
        return 20
    elif a == 21:
        return 21
    elif a == 22:
        return 22
    elif a == 23:
        return 23
    elif a == 24:
        return 24
    elif a == 25:
        return 25
    elif a == 26:
        return 26
    elif a == 27:
        return 27
    elif a == 28:
        return 28
    elif a == 29:
        return 29
    elif a == 30:
        return 30
    elif a == 31:
        return 31
    elif a == 32:
        return 32
    elif a == 33:
        return 33
    elif a == 34:
        return 34
    elif a == 35:
        return 35
    elif a == 36:
        return 36
    elif a == 37:
        return 37
    elif a == 38:
        return 38
    elif a == 39:
        return 39
    elif a == 40:
        return 40
    elif a == 41:
        return 41
    elif a == 42:
        return 42
    elif a == 43:
        return 43
    elif a == 44:
        return 44
    elif a == 45:
        return 45
    elif a == 46:
        return 46
    elif a == 47:
        return 47
    elif a == 48:
        return 48
    elif a == 49:
        return 49
    elif a == 50:
        return 50
    elif a == 51:
        return 51
    elif a == 52:
        return 52
    elif a == 53:
        return 53
    elif a == 54:
        return 54
    elif a == 55:
        return 55
    elif a == 56:
        return 56
    elif a == 57:
        return 57
    elif a == 58:
        return 58
    elif a == 59:
        return 59
    elif a == 60:
        return 60
    elif a == 61:
        return 61
    elif a == 62:
        return 62
    elif a == 63:
        return 63
    elif a == 64:
        return 64
    elif a == 65:
        return 65
    elif a == 66:
        return 66
    elif a == 67:
        return 67
    elif a == 68:
        return 68
    elif a == 69:
        return 69
    elif a == 70:
        return 70
    elif a == 71:
        return 71
    elif a == 72:
        return 72
    elif a == 73:
        return 73
    elif a == 74:
        return 74
    elif a == 75:
        return 75
    elif a == 76:
        return 76
    elif a == 77:
        return 77
    elif a == 78:
        return 78
    elif a == 79:
        return 79
    elif a == 80:
        return 80
    elif a == 81:
        return 81
    elif a == 82:
        return 82
    elif a == 83:
        return 83
    elif a == 84:
        return 84
    elif a == 85:
        return 85
    elif a == 86:
        return 86
    elif a == 87:
        return 87
    elif a == 88:
        return 88
    elif a == 89:
        return 89
    elif a == 90:
        return 90
    elif a == 91:
        return 91
    elif a == 92:
        return 92
    elif a == 93:
        return 93
    elif a == 94:
        return 94
    elif a == 95:
        return 95
    elif a == 96:
        return 96
    elif a == 97:
        return 97
    elif a == 98:
        return 98
    elif a == 99:
        return 99
    elif a == 100:
        return 100
    elif a == 101:
        return 101
    elif a == 102:
        return 102
    elif a == 103:
        return 103
    elif a == 104:
        return 104
    elif a == 105:
        return 105
    elif a == 106:
        return 106
    elif a == 107:
        return 107
    elif a == 108:
        return 108
    elif a == 109:
        return 109
    elif a == 110:
        return 110
    elif a == 111:
        return 111
    elif a == 112:
        return 112
    elif a == 113:
        return 113
    elif a == 114:
        return 114
    elif a == 115:
        return 115
    elif a == 116:
        return 116
    elif a == 117:
        return 117
    elif a == 118:
        return 118
    elif a == 119:
        return 119
    elif a == 120:
        return 120
    elif a == 121:
        return 121
    elif a == 122:
        return 122
    elif a == 123:
        return 123
    elif a == 124:
        return 124
    elif a == 125:
        return 125
    elif a == 126:
        return 126
    elif a == 127:
        return 127
    elif a == 128:
        return 128
    elif a == 129:
        return 129
    elif a == 130:
        return 130
    elif a == 131:
        return 131
    elif a == 132:
        return 132
    elif a == 133:
        return 133
    elif a == 134:
        return 134
    elif a == 135:
        return 135
    elif a == 136:
        return 136
    elif a == 137:
        return 137
    elif a == 138:
        return 138
    elif a == 139:
        return 139
    elif a == 140:
        return 140
    elif a == 141:
        return 141
    elif a == 142:
        return 142
    elif a == 143:
        return 143
    elif a == 144:
        return 144
    elif a == 145:
        return 145
    elif a == 146:
        return 146
    elif a == 147:
        return 147
    elif a == 148:
        return 148
    elif a == 149:
        return 149
    elif a == 150:
        return 150
    elif a == 151:
        return 151
    elif a == 152:
        return 152
    elif a == 153:
        return 153
    elif a == 154:
        return 154
    elif a == 155:
        return 155
    elif a == 156:
        return 156
    elif a == 157:
        return 157
    elif a == 158:
        return 158
    elif a == 159:
        return 159
    elif a == 160:
        return 160
    elif a == 161:
        return 161
    elif a == 162:
        return 162
    elif a == 163:
        return 163
    elif a == 164:
        return 164
    elif a == 165:
        return 165
    elif a == 166:
        return 166
    elif a == 167:
        return 167
    elif a == 168:
        return 168
    elif a == 169:
        return 169
    elif a == 170:
        return 170
    elif a == 171:
        return 171
    elif a == 172:
        return 172
    elif a == 173:
        return 173
    elif a == 174:
        return 174
    elif a == 175:
        return 175
    elif a == 176:
        return 176
    elif a == 177:
        return 177
    elif a == 178:
        return 178
    elif a == 179:
        return 179
    elif a == 180:
        return 180
    elif a == 181:
        return 181
    elif a == 182:
        return 182
    elif a == 183:
        return 183
    elif a == 184:
        return 184
    elif a == 185:
        return 185
    elif a == 186:
        return 186
    elif a == 187:
        return 187
    elif a == 188:
        return 188
    elif a == 189:
        return 189
    elif a == 190:
        return 190
    elif a == 191:
        return 191
    elif a == 192:
        return 192
    elif a == 193:
        return 193
    elif a == 194:
        return 194
    elif a == 195:
        return 195
    elif a == 196:
        return 196
    elif a == 197:
        return 197
    elif a == 198:
        return 198
    elif a == 199:
        return 199
    elif a == 200:
        return 200
    elif a == 201:
        return 201
    elif a == 202:
        return 202
    elif a == 203:
        return 203
    elif a == 204:
        return 204
    elif a == 205:
        return 205
    elif a == 206:
        return 206
    elif a == 207:
        return 207
    elif a == 208:
        return 208
    elif a == 209:
        return 209
    elif a == 210:
        return 210
    elif a == 211:
        return 211
    elif a == 212:
        return 212
    elif a == 213:
        return 213
    elif a == 214:
        return 214
    elif a == 215:
        return 215
    elif a == 216:
        return 216
    elif a == 217:
        return 217
    elif a == 218:
        return 218
    elif a == 219:
        return 219
    elif a == 220:
        return 220
    elif a == 221:
        return 221
    elif a == 222:
        return 222
    elif a == 223:
        return 223
    elif a == 224:
        return 224
    elif a == 225:
        return 225
    elif a == 226:
        return 226
    elif a == 227:
        return 227
    elif a == 228:
        return 228
    elif a == 229:
        return 229
    elif a == 230:
        return 230
    elif a == 231:
        return 231
    elif a == 232:
        return 232
    elif a == 233:
        return 233
    elif a == 234:
        return 234
    elif a == 235:
        return 235
    elif a == 236:
        return 236
    elif a == 237:
        return 237
    elif a == 238:
        return 238
    elif a == 239:
        return 239
    elif a == 240:
        return 240
    elif a == 241:
        return 241
    elif a == 242:
        return 242
    elif a == 243:
        return 243
    elif a == 244:
        return 244
    elif a == 245:
        return 245
    elif a == 246:
        return 246
    elif a == 247:
        return 247
    elif a == 248:
        return 248
    elif a == 249:
        return 249
    elif a == 250:
        return 250
    elif a == 251:
        return 251
    elif a == 252:
        return 252
    elif a == 253:
        return 253
    elif a == 254:
        return 254
    elif a == 255:
        return 255
    elif a == 256:
        return 256
    elif a == 257:
        return 257
    elif a == 258:
        return 258
    elif a == 259:
        return 259
    elif a == 260:
        return 260
    elif a == 261:
        return 261
    elif a == 262:
        return 262
    elif a == 263:
        return 263
    elif a == 264:
        return 264
    elif a == 265:
        return 265
    elif a == 266:
        return 266
    elif a == 267:
        return 267
    elif a == 268:
        return 268
    elif a == 269:
        return 269
    elif a == 270:
        return 270
    elif a == 271:
        return 271
    elif a == 272:
        return 272
    elif a == 273:
        return 273
    elif a == 274:
        return 274
    elif a == 275:
        return 275
    elif a == 276:
        return 276
    elif a == 277:
        return 277
    elif a == 278:
        return 278
    elif a == 279:
        return 279
    elif a == 280:
        return 280
    elif a == 281:
        return 281
    elif a == 282:
        return 282
    elif a == 283:
        return 283
    elif a == 284:
        return 284
    elif a == 285:
        return 285
    elif a == 286:
        return 286
    elif a == 287:
        return 287
    elif a == 288:
        return 288
    elif a == 289:
        return 289
    elif a == 290:
        return 290
    elif a == 291:
        return 291
    elif a == 292:
        return 292
    elif a == 293:
        return 293
    elif a == 294:
        return 294
    elif a == 295:
        return 295
    elif a == 296:
        return 296
    elif a == 297:
        return 297
    elif a == 298:
        return 298
    elif a == 299:
        return 299
    elif a == 300:
        return 300
    elif a == 301:
        return 301
    elif a == 302:
        return 302
    elif a == 303:
        return 303
    elif a == 304:
        return 304
    elif a == 305:
        return 305
    elif a == 306:
        return 306
    elif a == 307:
        return 307
    elif a == 308:
        return 308
    elif a == 309:
        return 309
    elif a == 310:
        return 310
    elif a == 311:
        return 311
    elif a == 312:
        return 312
    elif a == 313:
        return 313
    elif a == 314:
        return 314
    elif a == 315:
        return 315
    elif a == 316:
        return 316
    elif a == 317:
        return 317
    elif a == 318:
        return 318
    elif a == 319:
        return 319
    elif a == 320:
        return 320
    elif a == 321:
        return 321
    elif a == 322:
        return 322
    elif a == 323:
        return 323
    elif a == 324:
        return 324
    elif a == 325:
        return 325
    elif a == 326:
        return 326
    elif a == 327:
        return 327
    elif a == 328:
        return 328
    elif a == 329:
        return 329
    elif a == 330:
        return 330
    elif a == 331:
        return 331
    elif a == 332:
        return 332
    elif a == 333:
        return 333
    elif a == 334:
        return 334
    elif a == 335:
        return 335
    elif a == 336:
        return 336
    elif a == 337:
        return 337
    elif a == 338:
        return 338
    elif a == 339:
        return 339
    elif a == 340:
        return 340
    elif a == 341:
        return 341
    elif a == 342:
        return 342
    elif a == 343:
        return 343
    elif a == 344:
        return 344
    elif a == 345:
        return 345
    elif a == 346:
        return 346
    elif a == 347:
        return 347
    elif a == 348:
        return 348
    elif a == 349:
        return 349
    elif a == 350:
        return 350
    elif a == 351:
        return 351
    elif a == 352:
        return 352
    elif a == 353:
        return 353
    elif a == 354:
        return 354
    elif a == 355:
        return 355
    elif a == 356:
        return 356
    elif a == 357:
        return 357
    elif a == 358:
        return 358
    elif a == 359:
        return 359
    elif a == 360:
        return 360
    elif a == 361:
        return 361
    elif a == 362:
        return 362
    elif a == 363:
        return 363
    elif a == 364:
        return 364
    elif a == 365:
        return 365
    elif a == 366:
        return 366
    elif a == 367:
        return 367
    elif a == 368:
        return 368
    elif a == 369:
        return 369
    elif a == 370:
        return 370
    elif a == 371:
        return 371
    elif a == 372:
        return 372
    elif a == 373:
        return 373
    elif a == 374:
        return 374
    elif a == 375:
        return 375
    elif a == 376:
        return 376
    elif a == 377:
        return 377
    elif a == 378:
        return 378
    elif a == 379:
        return 379
    elif a == 380:
        return 380
    elif a == 381:
        return 381
    elif a == 382:
        return 382
    elif a == 383:
        return 383
    elif a == 384:
        return 384
    elif a == 385:
        return 385
    elif a == 386:
        return 386
    elif a == 387:
        return 387
    elif a == 388:
        return 388
    elif a == 389:
        return 389
    elif a == 390:
        return 390
    elif a == 391:
        return 391
    elif a == 392:
        return 392
    elif a == 393:
        return 393
    elif a == 394:
        return 394
    elif a == 395:
        return 395
    elif a == 396:
        return 396
    elif a == 397:
        return 397
    elif a == 398:
        return 398
    elif a == 399:
        return 399
    elif a == 400:
        return 400
    elif a == 401:
        return 401
    elif a == 402:
        return 402
    elif a == 403:
        return 403
    elif a == 404:
        return 404
    elif a == 405:
        return 405
    elif a == 406:
        return 406
    elif a == 407:
        return 407
    elif a == 408:
        return 408
    elif a == 409:
        return 409
    elif a == 410:
        return 410
    elif a == 411:
        return 411
    elif a == 412:
        return 412
    elif a == 413:
        return 413
    elif a == 414:
        return 414
    elif a == 415:
        return 415
    elif a == 416:
        return 416
    elif a == 417:
        return 417
    elif a == 418:
        return 418
    elif a == 419:
        return 419
    elif a == 420:
        return 420
    elif a == 421:
        return 421
    elif a == 422:
        return 422
    elif a == 423:
        return 423
    elif a == 424:
        return 424
    elif a == 425:
        return 425
    elif a == 426:
        return 426
    elif a == 427:
        return 427
    elif a == 428:
        return 428
    elif a == 429:
        return 429
    elif a == 430:
        return 430
    elif a == 431:
        return 431
    elif a == 432:
        return 432
    elif a == 433:
        return 433
    elif a == 434:
        return 434
    elif a == 435:
        return 435
    elif a == 436:
        return 436
    elif a == 437:
        return 437
    elif a == 438:
        return 438
    elif a == 439:
        return 439
    elif a == 440:
        return 440
    elif a == 441:
        return 441
    elif a == 442:
        return 442
    elif a == 443:
        return 443
    elif a == 444:
        return 444
    elif a == 445:
        return 445
    elif a == 446:
        return 446
    elif a == 447:
        return 447
    elif a == 448:
        return 448
    elif a == 449:
        return 449
    elif a == 450:
        return 450
    elif a == 451:
        return 451
    elif a == 452:
        return 452
    elif a == 453:
        return 453
    elif a == 454:
        return 454
    elif a == 455:
        return 455
    elif a == 456:
        return 456
    elif a == 457:
        return 457
    elif a == 458:
        return 458
    elif a == 459:
        return 459
    elif a == 460:
        return 460
    elif a == 461:
        return 461
    elif a == 462:
        return 462
    elif a == 463:
        return 463
    elif a == 464:
        return 464
    elif a == 465:
        return 465
    elif a == 466:
        return 466
    elif a == 467:
        return 467
    elif a == 468:
        return 468
    elif a == 469:
        return 469
    elif a == 470:
        return 470
    elif a == 471:
        return 471
    elif a == 472:
        return 472
    elif a == 473:
        return 473
    elif a == 474:
        return 474
    elif a == 475:
        return 475
    elif a == 476:
        return 476
    elif a == 477:
        return 477
    elif a == 478:
        return 478
    elif a == 479:
        return 479
    elif a == 480:
        return 480
    elif a == 481:
        return 481
    elif a == 482:
        return 482
    elif a == 483:
        return 483
    elif a == 484:
        return 484
    elif a == 485:
        return 485
    elif a == 486:
        return 486
    elif a == 487:
        return 487
    elif a == 488:
        return 488
    elif a == 489:
        return 489
    elif a == 490:
        return 490
    elif a == 491:
        return 491
    elif a == 492:
        return 492
    elif a == 493:
        return 493
    elif a == 494:
        return 494
    elif a == 495:
        return 495
    elif a == 496:
        return 496
    elif a == 497:
        return 497
    elif a == 498:
        return 498
    elif a == 499:
        return 499
    elif a == 500:
        return 500
    elif a == 501:
        return 501
    elif a == 502:
        return 502
    elif a == 503:
        return 503
    elif a == 504:
        return 504
    elif a == 505:
        return 505
    elif a == 506:
        return 506
    elif a == 507:
        return 507
    elif a == 508:
        return 508
    elif a == 509:
        return 509
    elif a == 510:
        return 510
    elif a == 511:
        return 511
    elif a == 512:
        return 512
    elif a == 513:
        return 513
    elif a == 514:
        return 514
    elif a == 515:
        return 515
    elif a == 516:
        return 516
    elif a == 517:
        return 517
    elif a == 518:
        return 518
    elif a == 519:
        return 519
    elif a == 520:
        return 520
    elif a == 521:
        return 521
    elif a == 522:
        return 522
    elif a == 523:
        return 523
    elif a == 524:
        return 524
    elif a == 525:
        return 525
    elif a == 526:
        return 526
    elif a == 527:
        return 527
    elif a == 528:
        return 528
    elif a == 529:
        return 529
    elif a == 530:
        return 530
    elif a == 531:
        return 531
    elif a == 532:
        return 532
    elif a == 533:
        return 533
    elif a == 534:
        return 534
    elif a == 535:
        return 535
    elif a == 536:
        return 536
    elif a == 537:
        return 537
    elif a == 538:
        return 538
    elif a == 539:
        return 539
    elif a == 540:
        return 540
    elif a == 541:
        return 541
    elif a == 542:
        return 542
    elif a == 543:
        return 543
    elif a == 544:
        return 544
    elif a == 545:
        return 545
    elif a == 546:
        return 546
    elif a == 547:
        return 547
    elif a == 548:
        return 548
    elif a == 549:
        return 549
    elif a == 550:
        return 550
    elif a == 551:
        return 551
    elif a == 552:
        return 552
    elif a == 553:
        return 553
    elif a == 554:
        return 554
    elif a == 555:
        return 555
    elif a == 556:
        return 556
    elif a == 557:
        return 557
    elif a == 558:
        return 558
    elif a == 559:
        return 559
    elif a == 560:
        return 560
    elif a == 561:
        return 561
    elif a == 562:
        return 562
    elif a == 563:
        return 563
    elif a == 564:
        return 564
    elif a == 565:
        return 565
    elif a == 566:
        return 566
    elif a == 567:
        return 567
    elif a == 568:
        return 568
    elif a == 569:
        return 569
    elif a == 570:
        return 570
    elif a == 571:
        return 571
    elif a == 572:
        return 572
    elif a == 573:
        return 573
    elif a == 574:
        return 574
    elif a == 575:
        return 575
    elif a == 576:
        return 576
    elif a == 577:
        return 577
    elif a == 578:
        return 578
    elif a == 579:
        return 579
    elif a == 580:
        return 580
    elif a == 581:
        return 581
    elif a == 582:
        return 582
    elif a == 583:
        return 583
    elif a == 584:
        return 584
    elif a == 585:
        return 585
    elif a == 586:
        return 586
    elif a == 587:
        return 587
    elif a == 588:
        return 588
    elif a == 589:
        return 589
    elif a == 590:
        return 590
    elif a == 591:
        return 591
    elif a == 592:
        return 592
    elif a == 593:
        return 593
    elif a == 594:
        return 594
    elif a == 595:
        return 595
    elif a == 596:
        return 596
    elif a == 597:
        return 597
    elif a == 598:
        return 598
    elif a == 599:
        return 599
    elif a == 600:
        return 600
    elif a == 601:
        return 601
    elif a == 602:
        return 602
    elif a == 603:
        return 603
    elif a == 604:
        return 604
    elif a == 605:
        return 605
    elif a == 606:
        return 606
    elif a == 607:
        return 607
    elif a == 608:
        return 608
    elif a == 609:
        return 609
    elif a == 610:
        return 610
    elif a == 611:
        return 611
    elif a == 612:
        return 612
    elif a == 613:
        return 613
    elif a == 614:
        return 614
    elif a == 615:
        return 615
    elif a == 616:
        return 616
    elif a == 617:
        return 617
    elif a == 618:
        return 618
    elif a == 619:
        return 619
    elif a == 620:
        return 620
    elif a == 621:
        return 621
    elif a == 622:
        return 622
    elif a == 623:
        return 623
    elif a == 624:
        return 624
    elif a == 625:
        return 625
    elif a == 626:
        return 626
    elif a == 627:
        return 627
    elif a == 628:
        return 628
    elif a == 629:
        return 629
    elif a == 630:
        return 630
    elif a == 631:
        return 631
    elif a == 632:
        return 632
    elif a == 633:
        return 633
    elif a == 634:
        return 634
    elif a == 635:
        return 635
    elif a == 636:
        return 636
    elif a == 637:
        return 637
    elif a == 638:
        return 638
    elif a == 639:
        return 639
    elif a == 640:
        return 640
    elif a == 641:
        return 641
    elif a == 642:
        return 642
    elif a == 643:
        return 643
    elif a == 644:
        return 644
    elif a == 645:
        return 645
    elif a == 646:
        return 646
    elif a == 647:
        return 647
    elif a == 648:
        return 648
    elif a == 649:
        return 649
    elif a == 650:
        return 650
    elif a == 651:
        return 651
    elif a == 652:
        return 652
    elif a == 653:
        return 653
    elif a == 654:
        return 654
    elif a == 655:
        return 655
    elif a == 656:
        return 656
    elif a == 657:
        return 657
    elif a == 658:
        return 658
    elif a == 659:
        return 659
    elif a == 660:
        return 660
    elif a == 661:
        return 661
    elif a == 662:
        return 662
    elif a == 663:
        return 663
    elif a == 664:
        return 664
    elif a == 665:
        return 665
    elif a == 666:
        return 666
    elif a == 667:
        return 667
    elif a == 668:
        return 668
    elif a == 669:
        return 669
    elif a == 670:
        return 670
    elif a == 671:
        return 671
    elif a == 672:
        return 672
    elif a == 673:
        return 673
    elif a == 674:
        return 674
    elif a == 675:
        return 675
    elif a == 676:
        return 676
    elif a == 677:
        return 677
    elif a == 678:
        return 678
    elif a == 679:
        return 679
    elif a == 680:
        return 680
    elif a == 681:
        return 681
    elif a == 682:
        return 682
    elif a == 683:
        return 683
    elif a == 684:
        return 684
    elif a == 685:
        return 685
    elif a == 686:
        return 686
    elif a == 687:
        return 687
    elif a == 688:
        return 688
    elif a == 689:
        return 689
    elif a == 690:
        return 690
    elif a == 691:
        return 691
    elif a == 692:
        return 692
    elif a == 693:
        return 693
    elif a == 694:
        return 694
    elif a == 695:
        return 695
    elif a == 696:
        return 696
    elif a == 697:
        return 697
    elif a == 698:
        return 698
    elif a == 699:
        return 699
    elif a == 700:
        return 700
    elif a == 701:
        return 701
    elif a == 702:
        return 702
    elif a == 703:
        return 703
    elif a == 704:
        return 704
    elif a == 705:
        return 705
    elif a == 706:
        return 706
    elif a == 707:
        return 707
    elif a == 708:
        return 708
    elif a == 709:
        return 709
    elif a == 710:
        return 710
    elif a == 711:
        return 711
    elif a == 712:
        return 712
    elif a == 713:
        return 713
    elif a == 714:
        return 714
    elif a == 715:
        return 715
    elif a == 716:
        return 716
    elif a == 717:
        return 717
    elif a == 718:
        return 718
    elif a == 719:
        return 719
    elif a == 720:
        return 720
    elif a == 721:
        return 721
    elif a == 722:
        return 722
    elif a == 723:
        return 723
    elif a == 724:
        return 724
    elif a == 725:
        return 725
    elif a == 726:
        return 726
    elif a == 727:
        return 727
    elif a == 728:
        return 728
    elif a == 729:
        return 729
    elif a == 730:
        return 730
    elif a == 731:
        return 731
    elif a == 732:
        return 732
    elif a == 733:
        return 733
    elif a == 734:
        return 734
    elif a == 735:
        return 735
    elif a == 736:
        return 736
    elif a == 737:
        return 737
    elif a == 738:
        return 738
    elif a == 739:
        return 739
    elif a == 740:
        return 740
    elif a == 741:
        return 741
    elif a == 742:
        return 742
    elif a == 743:
        return 743
    elif a == 744:
        return 744
    elif a == 745:
        return 745
    elif a == 746:
        return 746
    elif a == 747:
        return 747
    elif a == 748:
        return 748
    elif a == 749:
        return 749
    elif a == 750:
        return 750
    elif a == 751:
        return 751
    elif a == 752:
        return 752
    elif a == 753:
        return 753
    elif a == 754:
        return 754
    elif a == 755:
        return 755
    elif a == 756:
        return 756
    elif a == 757:
        return 757
    elif a == 758:
        return 758
    elif a == 759:
        return 759
    elif a == 760:
        return 760
    elif a == 761:
        return 761
    elif a == 762:
        return 762
    elif a == 763:
        return 763
    elif a == 764:
        return 764
    elif a == 765:
        return 765
    elif a == 766:
        return 766
    elif a == 767:
        return 767
    elif a == 768:
        return 768
    elif a == 769:
        return 769
    elif a == 770:
        return 770
    elif a == 771:
        return 771
    elif a == 772:
        return 772
    elif a == 773:
        return 773
    elif a == 774:
        return 774
    elif a == 775:
        return 775
    elif a == 776:
        return 776
    elif a == 777:
        return 777
    elif a == 778:
        return 778
    elif a == 779:
        return 779
    elif a == 780:
        return 780
    elif a == 781:
        return 781
    elif a == 782:
        return 782
    elif a == 783:
        return 783
    elif a == 784:
        return 784
    elif a == 785:
        return 785
    elif a == 786:
        return 786
    elif a == 787:
        return 787
    elif a == 788:
        return 788
    elif a == 789:
        return 789
    elif a == 790:
        return 790
    elif a == 791:
        return 791
    elif a == 792:
        return 792
    elif a == 793:
        return 793
    elif a == 794:
        return 794
    elif a == 795:
        return 795
    elif a == 796:
        return 796
    elif a == 797:
        return 797
    elif a == 798:
        return 798
    elif a == 799:
        return 799
    elif a == 800:
        return 800
    elif a == 801:
        return 801
    elif a == 802:
        return 802
    elif a == 803:
        return 803
    elif a == 804:
        return 804
    elif a == 805:
        return 805
    elif a == 806:
        return 806
    elif a == 807:
        return 807
    elif a == 808:
        return 808
    elif a == 809:
        return 809
    elif a == 810:
        return 810
    elif a == 811:
        return 811
    elif a == 812:
        return 812
    elif a == 813:
        return 813
    elif a == 814:
        return 814
    elif a == 815:
        return 815
    elif a == 816:
        return 816
    elif a == 817:
        return 817
    elif a == 818:
        return 818
    elif a == 819:
        return 819
    elif a == 820:
        return 820
    elif a == 821:
        return 821
    elif a == 822:
        return 822
    elif a == 823:
        return 823
    elif a == 824:
        return 824
    elif a == 825:
        return 825
    elif a == 826:
        return 826
    elif a == 827:
        return 827
    elif a == 828:
        return 828
    elif a == 829:
        return 829
    elif a == 830:
        return 830
    elif a == 831:
        return 831
    elif a == 832:
        return 832
    elif a == 833:
        return 833
    elif a == 834:
        return 834
    elif a == 835:
        return 835
    elif a == 836:
        return 836
    elif a == 837:
        return 837
    elif a == 838:
        return 838
    elif a == 839:
        return 839
    elif a == 840:
        return 840
    elif a == 841:
        return 841
    elif a == 842:
        return 842
    elif a == 843:
        return 843
    elif a == 844:
        return 844
    elif a == 845:
        return 845
    elif a == 846:
        return 846
    elif a == 847:
        return 847
    elif a == 848:
        return 848
    elif a == 849:
        return 849
    elif a == 850:
        return 850
    elif a == 851:
        return 851
    elif a == 852:
        return 852
    elif a == 853:
        return 853
    elif a == 854:
        return 854
    elif a == 855:
        return 855
    elif a == 856:
        return 856
    elif a == 857:
        return 857
    elif a == 858:
        return 858
    elif a == 859:
        return 859
    elif a == 860:
        return 860
    elif a == 861:
        return 861
    elif a == 862:
        return 862
    elif a == 863:
        return 863
    elif a == 864:
        return 864
    elif a == 865:
        return 865
    elif a == 866:
        return 866
    elif a == 867:
        return 867
    elif a == 868:
        return 868
    elif a == 869:
        return 869
    elif a == 870:
        return 870
    elif a == 871:
        return 871
    elif a == 872:
        return 872
    elif a == 873:
        return 873
    elif a == 874:
        return 874
    elif a == 875:
        return 875
    elif a == 876:
        return 876
    elif a == 877:
        return 877
    elif a == 878:
        return 878
    elif a == 879:
        return 879
    elif a == 880:
        return 880
    elif a == 881:
        return 881
    elif a == 882:
        return 882
    elif a == 883:
        return 883
    elif a == 884:
        return 884
    elif a == 885:
        return 885
    elif a == 886:
        return 886
    elif a == 887:
        return 887
    elif a == 888:
        return 888
    elif a == 889:
        return 889
    elif a == 890:
        return 890
    elif a == 891:
        return 891
    elif a == 892:
        return 892
    elif a == 893:
        return 893
    elif a == 894:
        return 894
    elif a == 895:
        return 895
    elif a == 896:
        return 896
    elif a == 897:
        return 897
    elif a == 898:
        return 898
    elif a == 899:
        return 899
    elif a == 900:
        return 900
    elif a == 901:
        return 901
    elif a == 902:
        return 902
    elif a == 903:
        return 903
    elif a == 904:
        return 904
    elif a == 905:
        return 905
    elif a == 906:
        return 906
    elif a == 907:
        return 907
    elif a == 908:
        return 908
    elif a == 909:
        return 909
    elif a == 910:
        return 910
    elif a == 911:
        return 911
    elif a == 912:
        return 912
    elif a == 913:
        return 913
    elif a == 914:
        return 914
    elif a == 915:
        return 915
    elif a == 916:
        return 916
    elif a == 917:
        return 917
    elif a == 918:
        return 918
    elif a == 919:
        return 919
    elif a == 920:
        return 920
    elif a == 921:
        return 921
    elif a == 922:
        return 922
    elif a == 923:
        return 923
    elif a == 924:
        return 924
    elif a == 925:
        return 925
    elif a == 926:
        return 926
    elif a == 927:
        return 927
    elif a == 928:
        return 928
    elif a == 929:
        return 929
    elif a == 930:
        return 930
    elif a == 931:
        return 931
    elif a == 932:
        return 932
    elif a == 933:
        return 933
    elif a == 934:
        return 934
    elif a == 935:
        return 935
    elif a == 936:
        return 936
    elif a == 937:
        return 937
    elif a == 938:
        return 938
    elif a == 939:
        return 939
    elif a == 940:
        return 940
    elif a == 941:
        return 941
    elif a == 942:
        return 942
    elif a == 943:
        return 943
    elif a == 944:
        return 944
    elif a == 945:
        return 945
    elif a == 946:
        return 946
    elif a == 947:
        return 947
    elif a == 948:
        return 948
    elif a == 949:
        return 949
    elif a == 950:
        return 950
    elif a == 951:
        return 951
    elif a == 952:
        return 952
    elif a == 953:
        return 953
    elif a == 954:
        return 954
    elif a == 955:
        return 955
    elif a == 956:
        return 956
    elif a == 957:
        return 957
    elif a == 958:
        return 958
    elif a == 959:
        return 959
    elif a == 960:
        return 960
    elif a == 961:
        return 961
    elif a == 962:
        return 962
    elif a == 963:
        return 963
    elif a == 964:
        return 964
    elif a == 965:
        return 965
    elif a == 966:
        return 966
    elif a == 967:
        return 967
    elif a == 968:
        return 968
    elif a == 969:
        return 969
    elif a == 970:
        return 970
    elif a == 971:
        return 971
    elif a == 972:
        return 972
    elif a == 973:
        return 973
    elif a == 974:
        return 974
    elif a == 975:
        return 975
    elif a == 976:
        return 976
    elif a == 977:
        return 977
    elif a == 978:
        return 978
    elif a == 979:
        return 979
    elif a == 980:
        return 980
    elif a == 981:
        return 981
    elif a == 982:
        return 982
    elif a == 983:
        return 983
    elif a == 984:
        return 984
    elif a == 985:
        return 985
    elif a == 986:
        return 986
    elif a == 987:
        return 987
    elif a == 988:
        return 988
    elif a == 989:
        return 989
    elif a == 990:
        return 990
    elif a == 991:
        return 991
    elif a == 992:
        return 992
    elif a == 993:
        return 993
    elif a == 994:
        return 994
    elif a == 995:
        return 995
    elif a == 996:
        return 996
    elif a == 997:
        return 997
    elif a == 998:
        return 998
    elif a == 999:
        return 999
    elif a == 1000:
        return 1000
    elif a == 1001:
        return 1001
    elif a == 1002:
        return 1002
    elif a == 1003:
        return 1003
    elif a == 1004:
        return 1004
    elif a == 1005:
        return 1005
    elif a == 1006:
        return 1006
    elif a == 1007:
        return 1007
    elif a == 1008:
        return 1008
    elif a == 1009:
        return 1009
    elif a == 1010:
        return 1010
    elif a == 1011:
        return 1011
    elif a == 1012:
        return 1012
    elif a == 1013:
        return 1013
    elif a == 1014:
        return 1014
    elif a == 1015:
        return 1015
    elif a == 1016:
        return 1016
    elif a == 1017:
        return 1017
    elif a == 1018:
        return 1018
    elif a == 1019:
        return 1019
    elif a == 1020:
        return 1020
    elif a == 1021:
        return 1021
    elif a == 1022:
        return 1022
    elif a == 1023:
        return 1023
    elif a == 1024:
        return 1024
    elif a == 1025:
        return 1025
    elif a == 1026:
        return 1026
    elif a == 1027:
        return 1027
    elif a == 1028:
        return 1028
    elif a == 1029:
        return 1029
    elif a == 1030:
        return 1030
    elif a == 1031:
        return 1031
    elif a == 1032:
        return 1032
    elif a == 1033:
        return 1033
    elif a == 1034:
        return 1034
    elif a == 1035:
        return 1035
    elif a == 1036:
        return 1036
    elif a == 1037:
        return 1037
    elif a == 1038:
        return 1038
    elif a == 1039:
        return 1039
    elif a == 1040:
        return 1040
    elif a == 1041:
        return 1041
    elif a == 1042:
        return 1042
    elif a == 1043:
        return 1043
    elif a == 1044:
        return 1044
    elif a == 1045:
        return 1045
    elif a == 1046:
        return 1046
    elif a == 1047:
        return 1047
    elif a == 1048:
        return 1048
    elif a == 1049:
        return 1049
    elif a == 1050:
        return 1050
    elif a == 1051:
        return 1051
    elif a == 1052:
        return 1052
    elif a == 1053:
        return 1053
    elif a == 1054:
        return 1054
    elif a == 1055:
        return 1055
    elif a == 1056:
        return 1056
    elif a == 1057:
        return 1057
    elif a == 1058:
        return 1058
    elif a == 1059:
        return 1059
    elif a == 1060:
        return 1060
    elif a == 1061:
        return 1061
    elif a == 1062:
        return 1062
    elif a == 1063:
        return 1063
    elif a == 1064:
        return 1064
    elif a == 1065:
        return 1065
    elif a == 1066:
        return 1066
    elif a == 1067:
        return 1067
    elif a == 1068:
        return 1068
    elif a == 1069:
        return 1069
    elif a == 1070:
        return 1070
    elif a == 1071:
        return 1071
    elif a == 1072:
        return 1072
    elif a == 1073:
        return 1073
    elif a == 1074:
        return 1074
    elif a == 1075:
        return 1075
    elif a == 1076:
        return 1076
    elif a == 1077:
        return 1077
    elif a == 1078:
        return 1078
    elif a == 1079:
        return 1079
    elif a == 1080:
        return 1080
    elif a == 1081:
        return 1081
    elif a == 1082:
        return 1082
    elif a == 1083:
        return 1083
    elif a == 1084:
        return 1084
    elif a == 1085:
        return 1085
    elif a == 1086:
        return 1086
    elif a == 1087:
        return 1087
    elif a == 1088:
        return 1088
    elif a == 1089:
        return 1089
    elif a == 1090:
        return 1090
    elif a == 1091:
        return 1091
    elif a == 1092:
        return 1092
    elif a == 1093:
        return 1093
    elif a == 1094:
        return 1094
    elif a == 1095:
        return 1095
    elif a == 1096:
        return 1096
    elif a == 1097:
        return 1097
    elif a == 1098:
        return 1098
    elif a == 1099:
        return 1099
    elif a == 1100:
        return 1100
    elif a == 1101:
        return 1101
    elif a == 1102:
        return 1102
    elif a == 1103:
        return 1103
    elif a == 1104:
        return 1104
    elif a == 1105:
        return 1105
    elif a == 1106:
        return 1106
    elif a == 1107:
        return 1107
    elif a == 1108:
        return 1108
    elif a == 1109:
        return 1109
    elif a == 1110:
        return 1110
    elif a == 1111:
        return 1111
    elif a == 1112:
        return 1112
    elif a == 1113:
        return 1113
    elif a == 1114:
        return 1114
    elif a == 1115:
        return 1115
    elif a == 1116:
        return 1116
    elif a == 1117:
        return 1117
    elif a == 1118:
        return 1118
    elif a == 1119:
        return 1119
    elif a == 1120:
        return 1120
    elif a == 1121:
        return 1121
    elif a == 1122:
        return 1122
    elif a == 1123:
        return 1123
    elif a == 1124:
        return 1124
    elif a == 1125:
        return 1125
    elif a == 1126:
        return 1126
    elif a == 1127:
        return 1127
    elif a == 1128:
        return 1128
    elif a == 1129:
        return 1129
    elif a == 1130:
        return 1130
    elif a == 1131:
        return 1131
    elif a == 1132:
        return 1132
    elif a == 1133:
        return 1133
    elif a == 1134:
        return 1134
    elif a == 1135:
        return 1135
    elif a == 1136:
        return 1136
    elif a == 1137:
        return 1137
    elif a == 1138:
        return 1138
    elif a == 1139:
        return 1139
    elif a == 1140:
        return 1140
    elif a == 1141:
        return 1141
    elif a == 1142:
        return 1142
    elif a == 1143:
        return 1143
    elif a == 1144:
        return 1144
    elif a == 1145:
        return 1145
    elif a == 1146:
        return 1146
    elif a == 1147:
        return 1147
    elif a == 1148:
        return 1148
    elif a == 1149:
        return 1149
    elif a == 1150:
        return 1150
    elif a == 1151:
        return 1151
    elif a == 1152:
        return 1152
    elif a == 1153:
        return 1153
    elif a == 1154:
        return 1154
    elif a == 1155:
        return 1155
    elif a == 1156:
        return 1156
    elif a == 1157:
        return 1157
    elif a == 1158:
        return 1158
    elif a == 1159:
        return 1159
    elif a == 1160:
        return 1160
    elif a == 1161:
        return 1161
    elif a == 1162:
        return 1162
    elif a == 1163:
        return 1163
    elif a == 1164:
        return 1164
    elif a == 1165:
        return 1165
    elif a == 1166:
        return 1166
    elif a == 1167:
        return 1167
    elif a == 1168:
        return 1168
    elif a == 1169:
        return 1169
    elif a == 1170:
        return 1170
    elif a == 1171:
        return 1171
    elif a == 1172:
        return 1172
    elif a == 1173:
        return 1173
    elif a == 1174:
        return 1174
    elif a == 1175:
        return 1175
    elif a == 1176:
        return 1176
    elif a == 1177:
        return 1177
    elif a == 1178:
        return 1178
    elif a == 1179:
        return 1179
    elif a == 1180:
        return 1180
    elif a == 1181:
        return 1181
    elif a == 1182:
        return 1182
    elif a == 1183:
        return 1183
    elif a == 1184:
        return 1184
    elif a == 1185:
        return 1185
    elif a == 1186:
        return 1186
    elif a == 1187:
        return 1187
    elif a == 1188:
        return 1188
    elif a == 1189:
        return 1189
    elif a == 1190:
        return 1190
    elif a == 1191:
        return 1191
    elif a == 1192:
        return 1192
    elif a == 1193:
        return 1193
    elif a == 1194:
        return 1194
    elif a == 1195:
        return 1195
    elif a == 1196:
        return 1196
    elif a == 1197:
        return 1197
    elif a == 1198:
        return 1198
    elif a == 1199:
        return 1199
    elif a == 1200:
        return 1200
    elif a == 1201:
        return 1201
    elif a == 1202:
        return 1202
    elif a == 1203:
        return 1203
    elif a == 1204:
        return 1204
    elif a == 1205:
        return 1205
    elif a == 1206:
        return 1206
    elif a == 1207:
        return 1207
    elif a == 1208:
        return 1208
    elif a == 1209:
        return 1209
    elif a == 1210:
        return 1210
    elif a == 1211:
        return 1211
    elif a == 1212:
        return 1212
    elif a == 1213:
        return 1213
    elif a == 1214:
        return 1214
    elif a == 1215:
        return 1215
    elif a == 1216:
        return 1216
    elif a == 1217:
        return 1217
    elif a == 1218:
        return 1218
    elif a == 1219:
        return 1219
    elif a == 1220:
        return 1220
    elif a == 1221:
        return 1221
    elif a == 1222:
        return 1222
    elif a == 1223:
        return 1223
    elif a == 1224:
        return 1224
    elif a == 1225:
        return 1225
    elif a == 1226:
        return 1226
    elif a == 1227:
        return 1227
    elif a == 1228:
        return 1228
    elif a == 1229:
        return 1229
    elif a == 1230:
        return 1230
    elif a == 1231:
        return 1231
    elif a == 1232:
        return 1232
    elif a == 1233:
        return 1233
    elif a == 1234:
        return 1234
    elif a == 1235:
        return 1235
    elif a == 1236:
        return 1236
    elif a == 1237:
        return 1237
    elif a == 1238:
        return 1238
    elif a == 1239:
        return 1239
    elif a == 1240:
        return 1240
    elif a == 1241:
        return 1241
    elif a == 1242:
        return 1242
    elif a == 1243:
        return 1243
    elif a == 1244:
        return 1244
    elif a == 1245:
        return 1245
    elif a == 1246:
        return 1246
    elif a == 1247:
        return 1247
    elif a == 1248:
        return 1248
    elif a == 1249:
        return 1249
    elif a == 1250:
        return 1250
    elif a == 1251:
        return 1251
    elif a == 1252:
        return 1252
    elif a == 1253:
        return 1253
    elif a == 1254:
        return 1254
    elif a == 1255:
        return 1255
    elif a == 1256:
        return 1256
    elif a == 1257:
        return 1257
    elif a == 1258:
        return 1258
    elif a == 1259:
        return 1259
    elif a == 1260:
        return 1260
    elif a == 1261:
        return 1261
    elif a == 1262:
        return 1262
    elif a == 1263:
        return 1263
    elif a == 1264:
        return 1264
    elif a == 1265:
        return 1265
    elif a == 1266:
        return 1266
    elif a == 1267:
        return 1267
    elif a == 1268:
        return 1268
    elif a == 1269:
        return 1269
    elif a == 1270:
        return 1270
    elif a == 1271:
        return 1271
    elif a == 1272:
        return 1272
    elif a == 1273:
        return 1273
    elif a == 1274:
        return 1274
    elif a == 1275:
        return 1275
    elif a == 1276:
        return 1276
    elif a == 1277:
        return 1277
    elif a == 1278:
        return 1278
    elif a == 1279:
        return 1279
    elif a == 1280:
        return 1280
    elif a == 1281:
        return 1281
    elif a == 1282:
        return 1282
    elif a == 1283:
        return 1283
    elif a == 1284:
        return 1284
    elif a == 1285:
        return 1285
    elif a == 1286:
        return 1286
    elif a == 1287:
        return 1287
    elif a == 1288:
        return 1288
    elif a == 1289:
        return 1289
    elif a == 1290:
        return 1290
    elif a == 1291:
        return 1291
    elif a == 1292:
        return 1292
    elif a == 1293:
        return 1293
    elif a == 1294:
        return 1294
    elif a == 1295:
        return 1295
    elif a == 1296:
        return 1296
    elif a == 1297:
        return 1297
    elif a == 1298:
        return 1298
    elif a == 1299:
        return 1299
    elif a == 1300:
        return 1300
    elif a == 1301:
        return 1301
    elif a == 1302:
        return 1302
    elif a == 1303:
        return 1303
    elif a == 1304:
        return 1304
    elif a == 1305:
        return 1305
    elif a == 1306:
        return 1306
    elif a == 1307:
        return 1307
    elif a == 1308:
        return 1308
    elif a == 1309:
        return 1309
    elif a == 1310:
        return 1310
    elif a == 1311:
        return 1311
    elif a == 1312:
        return 1312
    elif a == 1313:
        return 1313
    elif a == 1314:
        return 1314
    elif a == 1315:
        return 1315
    elif a == 1316:
        return 1316
    elif a == 1317:
        return 1317
    elif a == 1318:
        return 1318
    elif a == 1319:
        return 1319
    elif a == 1320:
        return 1320
    elif a == 1321:
        return 1321
    elif a == 1322:
        return 1322
    elif a == 1323:
        return 1323
    elif a == 1324:
        return 1324
    elif a == 1325:
        return 1325
    elif a == 1326:
        return 1326
    elif a == 1327:
        return 1327
    elif a == 1328:
        return 1328
    elif a == 1329:
        return 1329
    elif a == 1330:
        return 1330
    elif a == 1331:
        return 1331
    elif a == 1332:
        return 1332
    elif a == 1333:
        return 1333
    elif a == 1334:
        return 1334
    elif a == 1335:
        return 1335
    elif a == 1336:
        return 1336
    elif a == 1337:
        return 1337
    elif a == 1338:
        return 1338
    elif a == 1339:
        return 1339
    elif a == 1340:
        return 1340
    elif a == 1341:
        return 1341
    elif a == 1342:
        return 1342
    elif a == 1343:
        return 1343
    elif a == 1344:
        return 1344
    elif a == 1345:
        return 1345
    elif a == 1346:
        return 1346
    elif a == 1347:
        return 1347
    elif a == 1348:
        return 1348
    elif a == 1349:
        return 1349
    elif a == 1350:
        return 1350
    elif a == 1351:
        return 1351
    elif a == 1352:
        return 1352
    elif a == 1353:
        return 1353
    elif a == 1354:
        return 1354
    elif a == 1355:
        return 1355
    elif a == 1356:
        return 1356
    elif a == 1357:
        return 1357
    elif a == 1358:
        return 1358
    elif a == 1359:
        return 1359
    elif a == 1360:
        return 1360
    elif a == 1361:
        return 1361
    elif a == 1362:
        return 1362
    elif a == 1363:
        return 1363
    elif a == 1364:
        return 1364
    elif a == 1365:
        return 1365
    elif a == 1366:
        return 1366
    elif a == 1367:
        return 1367
    elif a == 1368:
        return 1368
    elif a == 1369:
        return 1369
    elif a == 1370:
        return 1370
    elif a == 1371:
        return 1371
    elif a == 1372:
        return 1372
    elif a == 1373:
        return 1373
    elif a == 1374:
        return 1374
    elif a == 1375:
        return 1375
    elif a == 1376:
        return 1376
    elif a == 1377:
        return 1377
    elif a == 1378:
        return 1378
    elif a == 1379:
        return 1379
    elif a == 1380:
        return 1380
    elif a == 1381:
        return 1381
    elif a == 1382:
        return 1382
    elif a == 1383:
        return 1383
    elif a == 1384:
        return 1384
    elif a == 1385:
        return 1385
    elif a == 1386:
        return 1386
    elif a == 1387:
        return 1387
    elif a == 1388:
        return 1388
    elif a == 1389:
        return 1389
    elif a == 1390:
        return 1390
    elif a == 1391:
        return 1391
    elif a == 1392:
        return 1392
    elif a == 1393:
        return 1393
    elif a == 1394:
        return 1394
    elif a == 1395:
        return 1395
    elif a == 1396:
        return 1396
    elif a == 1397:
        return 1397
    elif a == 1398:
        return 1398
    elif a == 1399:
        return 1399
    elif a == 1400:
        return 1400
    elif a == 1401:
        return 1401
    elif a == 1402:
        return 1402
    elif a == 1403:
        return 1403
    elif a == 1404:
        return 1404
    elif a == 1405:
        return 1405
    elif a == 1406:
        return 1406
    elif a == 1407:
        return 1407
    elif a == 1408:
        return 1408
    elif a == 1409:
        return 1409
    elif a == 1410:
        return 1410
    elif a == 1411:
        return 1411
    elif a == 1412:
        return 1412
    elif a == 1413:
        return 1413
    elif a == 1414:
        return 1414
    elif a == 1415:
        return 1415
    elif a == 1416:
        return 1416
    elif a == 1417:
        return 1417
    elif a == 1418:
        return 1418
    elif a == 1419:
        return 1419
    elif a == 1420:
        return 1420
    elif a == 1421:
        return 1421
    elif a == 1422:
        return 1422
    elif a == 1423:
        return 1423
    elif a == 1424:
        return 1424
    elif a == 1425:
        return 1425
    elif a == 1426:
        return 1426
    elif a == 1427:
        return 1427
    elif a == 1428:
        return 1428
    elif a == 1429:
        return 1429
    elif a == 1430:
        return 1430
    elif a == 1431:
        return 1431
    elif a == 1432:
        return 1432
    elif a == 1433:
        return 1433
    elif a == 1434:
        return 1434
    elif a == 1435:
        return 1435
    elif a == 1436:
        return 1436
    elif a == 1437:
        return 1437
    elif a == 1438:
        return 1438
    elif a == 1439:
        return 1439
    elif a == 1440:
        return 1440
    elif a == 1441:
        return 1441
    elif a == 1442:
        return 1442
    elif a == 1443:
        return 1443
    elif a == 1444:
        return 1444
    elif a == 1445:
        return 1445
    elif a == 1446:
        return 1446
    elif a == 1447:
        return 1447
    elif a == 1448:
        return 1448
    elif a == 1449:
        return 1449
    elif a == 1450:
        return 1450
    elif a == 1451:
        return 1451
    elif a == 1452:
        return 1452
    elif a == 1453:
        return 1453
    elif a == 1454:
        return 1454
    elif a == 1455:
        return 1455
    elif a == 1456:
        return 1456
    elif a == 1457:
        return 1457
    elif a == 1458:
        return 1458
    elif a == 1459:
        return 1459
    elif a == 1460:
        return 1460
    elif a == 1461:
        return 1461
    elif a == 1462:
        return 1462
    elif a == 1463:
        return 1463
    elif a == 1464:
        return 1464
    elif a == 1465:
        return 1465
    elif a == 1466:
        return 1466
    elif a == 1467:
        return 1467
    elif a == 1468:
        return 1468
    elif a == 1469:
        return 1469
    elif a == 1470:
        return 1470
    elif a == 1471:
        return 1471
    elif a == 1472:
        return 1472
    elif a == 1473:
        return 1473
    elif a == 1474:
        return 1474
    elif a == 1475:
        return 1475
    elif a == 1476:
        return 1476
    elif a == 1477:
        return 1477
    elif a == 1478:
        return 1478
    elif a == 1479:
        return 1479
    elif a == 1480:
        return 1480
    elif a == 1481:
        return 1481
    elif a == 1482:
        return 1482
    elif a == 1483:
        return 1483
    elif a == 1484:
        return 1484
    elif a == 1485:
        return 1485
    elif a == 1486:
        return 1486
    elif a == 1487:
        return 1487
    elif a == 1488:
        return 1488
    elif a == 1489:
        return 1489
    elif a == 1490:
        return 1490
    elif a == 1491:
        return 1491
    elif a == 1492:
        return 1492
    elif a == 1493:
        return 1493
    elif a == 1494:
        return 1494
    elif a == 1495:
        return 1495
    elif a == 1496:
        return 1496
    elif a == 1497:
        return 1497
    elif a == 1498:
        return 1498
    elif a == 1499:
        return 1499


@dataclass
class Episode:
    goal: str
    reward: float
    actions: list[str] = field(default_factory=list)


class EpisodeShelf(MemoStructure):
    """The best episodes so far, whatever the goal."""

    def __init__(self) -> None:
        super().__init__()
        self.shelf: list[Episode] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict:
        found: dict = {"best": [{"goal": e.goal, "actions": e.actions} for e in self.shelf[:3]]}
        return found

    async def general_update(self, recorder: Basic_Recorder) -> None:
        goal = str(recorder.init.get("goal") or recorder.init.get("obs") or "")[:100]
        actions = [str(s.get("action_took"))[:50] for s in recorder.steps[:12]]
        self.shelf.append(Episode(goal, float(recorder.reward), actions))
        self.shelf.sort(key=lambda e: -e.reward)
        del self.shelf[20:]
