"""A helpdesk that one YAML file describes: ``config/sources.d/NAME.yaml``. See ``docs/add-a-helpdesk.md``."""
