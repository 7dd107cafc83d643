"""Real clients that send to a running airp, unchanged, and what of it stands in the database afterwards.

Peers that are Python packages run in `make test` too. Those marked `debian("name")` need a program of Debian's and
run in `make test-peers`, which finds or fetches it.
"""
