"""Who acts in an episode.

base      what an agent is
scripted  acts without a model: the measuring instrument of keyless runs
llm       asks a model
reading   how the scripted agent reads a memory
"""
