"""What admins see of the work in the background: notes of jobs and workers, and their GraphQL form.

`chassis.jobs` runs the work; this writes down how it went, for all processes of a service.
"""
