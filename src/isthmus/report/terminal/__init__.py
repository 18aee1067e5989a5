"""Results on the terminal: an audit, a scorecard, a study."""
