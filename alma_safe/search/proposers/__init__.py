"""Who writes designs: a model, recombination without a key, or the record of a run."""
