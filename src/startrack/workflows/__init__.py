"""What each command does, joined from the stages."""
