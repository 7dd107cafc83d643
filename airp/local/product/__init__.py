"""The AI product of the demo: Halden Travel's support assistant, simulated in a process of its own.

It knows airp only by HTTP, as any product would: it posts signals with its token, says which version it runs,
and obeys the same calls that release tools make (an MLflow model alias, an Unleash flag).
"""
