"""The only place that knows AWS: tables, queues, secrets, models of other clouds."""
