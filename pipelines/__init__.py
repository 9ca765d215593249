"""What release pipelines run, on GitHub, Azure DevOps and GitLab; their templates are beside it."""
