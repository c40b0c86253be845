"""The dashboards: from a report to the files of the site."""
