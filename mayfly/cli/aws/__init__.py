"""The verbs on AWS: `verbs` is the door, a module a verb behind it."""
