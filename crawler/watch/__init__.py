"""What looks at a run when it ends: monitors, alarms, reports, hooks."""
