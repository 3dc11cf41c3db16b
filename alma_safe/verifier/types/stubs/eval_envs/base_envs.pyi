from alma_safe.contract import Basic_Recorder as Basic_Recorder
