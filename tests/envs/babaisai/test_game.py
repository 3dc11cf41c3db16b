"""The rules of Baba Is AI: words make rules, rules make what things do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.babaisai.game import (
    COLOURS,
    FULL_GAME,
    MOVES,
    NOUNS,
    PROPERTIES,
    Game,
    Piece,
    Rule,
    block,
    text_of,
    thing,
)

WORDS = (*NOUNS, *PROPERTIES, *COLOURS, "is")


def drawn(*rows: str) -> Game:
    """A map out of words: ``.`` empty, ``Baba`` a thing, ``baba`` a word, ``red-Ball`` coloured."""
    cells = [row.split() for row in rows]
    game = Game(max(map(len, cells)) + 2, len(cells) + 2)
    for y, row in enumerate(cells, 1):
        for x, text in enumerate(row, 1):
            for part in text.split("+") if text != "." else ():
                colour, _, name = part.rpartition("-")
                piece = thing(name.lower(), colour) if name[0].isupper() else block(name)
                game.lay(x, y, piece)
    return game.begin()


def shown(game: Game) -> list[str]:
    """The map in the words of ``drawn``."""
    rows = []
    for y in range(1, game.height - 1):
        stacks = (game.stacks[x, y] for x in range(1, game.width - 1))
        rows.append(" ".join("+".join(map(_word, stack)) or "." for stack in stacks))
    return rows


def _word(piece: Piece) -> str:
    if piece.is_block:
        return piece.name
    return f"{piece.colour}-{piece.name.title()}" if piece.colour else piece.name.title()


def after(game: Game, *actions: str) -> list[str]:
    for action in actions:
        game.step(action)
    return shown(game)


def test_what_is_you_moves_and_words_are_pushed():
    game = drawn("baba is you . .", ". Baba ball . .")
    assert after(game, "right") == ["baba is you . .", ". . Baba ball ."]
    assert after(game, "right", "right") == ["baba is you . .", ". . . Baba ball"]
    assert game.time == 3


def test_a_row_of_words_moves_together():
    game = drawn("baba is you .", "Baba ball is .")
    assert after(game, "right") == ["baba is you .", ". Baba ball is"]


def test_the_rim_stops_and_so_does_stop():
    game = drawn("baba is you", "wall is stop", "Baba Wall .")
    assert after(game, "right", "down", "left") == ["baba is you", "wall is stop", "Baba Wall ."]
    # Things without a rule are walked over.
    assert after(drawn("baba is you", "Baba Wall ."), "right") == ["baba is you", ". Wall+Baba ."]


def test_rules_are_read_along_rows_and_columns_and_at_the_top_only():
    game = drawn("baba is you", "is . .", "stop . Ball+is")
    assert game.rules == (Rule("baba", "you"), Rule("baba", "stop"))
    assert drawn("you is baba", "baba is is").rules == ()


def test_a_broken_rule_holds_no_longer_after_the_step_that_broke_it():
    game = drawn("baba is you", ". Baba .", ". . .")
    assert after(game, "up") == ["baba is you", ". Baba .", ". . ."]  # the rim is behind the word
    game = drawn(". . .", "baba is you", ". Baba .")
    assert after(game, "up") == [". is .", "baba Baba you", ". . ."]
    assert game.rules == ()
    assert text_of(game) is None
    assert after(game, "left") == [". is .", "baba Baba you", ". . ."]


def test_winning_is_judged_before_the_mover_arrives():
    game = drawn("baba is you", "ball is win", "Baba Ball .")
    game.step("right")
    assert (game.won, game.over, game.reward) == (True, True, 1 - 0.9 / FULL_GAME)
    blocked = drawn("baba is you", "baba is win", "Baba . .")
    blocked.step("left")
    assert blocked.won
    free = drawn("baba is you", "baba is win", "Baba . .")
    free.step("right")
    assert not free.won


def test_losing_costs():
    game = drawn("baba is you", "ball is lose", "Baba Ball .")
    game.step("right")
    assert (game.lost, game.over, game.reward) == (True, True, -1.0)


def test_idle_only_takes_time():
    game = drawn("baba is you", "ball is win", "Baba Ball .")
    before = shown(game)
    assert after(game, "idle") == before
    assert (game.time, game.reward) == (1, 0.0)
    for _ in range(FULL_GAME):
        game.step("idle")
    assert game.over
    assert game.reward == 0.0


def test_push_pull_move():
    game = drawn("baba is you", "ball is push", "Baba Ball . .", "key is pull")
    assert after(game, "right")[2] == ". Baba Ball ."
    game = drawn("baba is you", "key is pull", "Key Baba .")
    assert after(game, "right")[2] == ". Key Baba"
    game = drawn("ball is move", "Ball . .", "baba is you")
    assert after(game, "left", "left", "left")[1] == ". . Ball"  # nothing of it is YOU


def test_open_and_shut_undo_each_other():
    game = drawn("baba is you", "key is push", "key is open", "door is shut", "Baba Key Door .")
    assert after(game, "right")[4] == ". Baba . ."


def test_a_thing_that_becomes_another_keeps_what_it_was_below():
    game = drawn("baba is you", "ball is key", "Ball . Baba")
    assert after(game, "right")[2] == "Ball+blue-Key . Baba"


def test_a_coloured_rule_speaks_of_one_colour():
    game = drawn("red ball is you", "red-Ball blue-Ball . .")
    assert after(game, "down")[1] == "red-Ball blue-Ball . ."
    assert after(game, "right")[1] == ". blue-Ball+red-Ball . ."
    assert game.rules == (Rule("ball", "you", "red"),)


def test_the_text_names_rules_and_places_as_seen_from_you():
    game = drawn("baba is you .", "Ball . Baba .", ". . . key", ". . Door .")
    assert text_of(game) == (
        "Active rules:\nbaba is you\n\nObjects on the map:\n"
        "rule `baba` 2 step to the left and 1 step up\n"
        "rule `is` 1 step to the left and 1 step up\nrule `you` 1 step up\n"
        "ball 2 step to the left\nrule `key` 1 step to the right and 1 step down\n"
        "door 2 steps down"
    )


def test_what_is_no_action_is_refused():
    with pytest.raises(KeyError):
        drawn("baba is you").step("jump")


pieces = st.builds(block, st.sampled_from(WORDS)) | st.builds(
    thing, st.sampled_from(NOUNS), st.sampled_from(("", *COLOURS))
)


@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(1, 4), pieces), max_size=24),
    st.sampled_from(NOUNS),
    st.lists(st.sampled_from(list(MOVES)), max_size=12),
)
def test_any_map_can_be_played(laid, you, actions):
    """Whatever the words say, a step ends, time passes, and nothing leaves the rim."""
    game = Game(7, 6)
    game.lay(1, 1, block(you), block("is"), block("you"))
    for x, y, piece in laid:
        game.lay(x, y, piece)
    game.begin()
    rim = {cell: stack for cell, stack in game.stacks.items() if stack and stack[0].kind == "edge"}
    words = sum(piece.is_block for stack in game.stacks.values() for piece in stack)
    for number, action in enumerate(actions, 1):
        before = game.copy()
        game.step(action)
        assert game.time == number
        assert all(game.stacks[cell] == stack for cell, stack in rim.items())
        if action == "idle":
            assert game.stacks == before.stacks
    # Words are pushed about, never made and never lost.
    assert sum(piece.is_block for stack in game.stacks.values() for piece in stack) == words


def test_a_colour_takes_a_property_from_the_other_colours():
    game = drawn("ball is win . .", "red ball is win", "red-Ball blue-Ball Baba . .")
    assert game.has(game.top((1, 3)), "win")
    assert not game.has(game.top((2, 3)), "win")


def test_a_colour_before_a_noun_that_becomes_another_says_nothing():
    game = drawn("baba is you .", "red ball is key", "blue-Ball . Baba .")
    assert Rule("ball", "key") in game.rules


def test_colours_are_not_told():
    game = drawn("red ball is you", "blue ball is win", "blue-Ball red-Ball . .")
    # Seen from the first ball, whatever its colour is.
    assert text_of(game).startswith("Active rules:\nball is you\nball is win\n")
    assert text_of(game).endswith("\n\nball 1 step to the right")


def test_what_is_pushed_before_its_turn_still_takes_it():
    game = drawn("baba is you .", ". . push .", "baba . is .", "is . . .", "push Baba Baba .")
    game.step("right")
    assert shown(game)[-1] == "push . Baba Baba"


def test_what_lay_under_a_thing_that_opens_goes_on_in_its_place():
    game = drawn(
        "key is open .", "door is shut .", "baba is you .", "key is you .", "Ball+Key Door . ."
    )
    game.step("right")
    assert shown(game)[-1] == ". Ball . ."
