"""Answers worded by a chat model, of which nothing leaves that the cited evidence does not say.

`generator` conducts: `evidence` is numbered, `prompt` puts it to the model, `streaming` reads within the time limit,
`cutting` cuts what comes into sentences, `faithfulness` lets through those the evidence says. `budget` counts.
"""
