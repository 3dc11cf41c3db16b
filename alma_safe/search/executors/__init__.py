"""Where designs are judged and played: in this process, or on a cluster."""
