from alma_safe.contract import Basic_Recorder as Basic_Recorder
from alma_safe.contract import MemoStructure as MemoStructure
from alma_safe.contract import Sub_memo_layer as Sub_memo_layer
