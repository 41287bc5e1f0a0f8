"""The imaging service: metadata of datasets and arrays, and grants for their stores."""
