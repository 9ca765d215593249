"""The verbs on Azure: `verbs` is the door, a module a verb behind it."""
