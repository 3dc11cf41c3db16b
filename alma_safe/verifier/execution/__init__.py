"""The stage ``execution``: a recorded workload under limits, judged on what the host measured."""
