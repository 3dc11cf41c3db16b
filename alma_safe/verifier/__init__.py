"""The gate: from a design to a report, through the stages static, types, properties, execution."""
