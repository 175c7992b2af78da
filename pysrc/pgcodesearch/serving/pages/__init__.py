"""What each address of the page answers: functions of what was asked to a response."""
