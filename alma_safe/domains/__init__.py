"""How good a design is: domains, episodes, agents, and what scores are worth.

pack        a domain as a folder: what it says of itself, and where it is
base        what a domain's code offers: tasks, environments, views
worker      the process in which that code runs
crew        the host's side of the workers: episodes that may crash or hang without harm
lost        episodes that our side could not play
episode     one episode: retrieve, act, record
memory      the design behind its session, each call with a deadline and a typed ending
rollout     collection, updates, deployment: ALMA's protocol
evaluation  designs side by side, as tables and JSON
statistics  means, errors, paired intervals
agents/     who acts: `scripted` without a model, `llm` with one
"""
