"""The imaging service: metadata of datasets, arrays and annotations, and grants for their stores."""
