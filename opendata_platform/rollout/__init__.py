"""The rollout of Tushare's batches: phases that open on evidence alone, and close by themselves.

`state.py` is what is true, `events.py` what can happen, `machine.py` the rules between them. All of it is pure: whoever
asks, at whatever place, the answer is that of `step`.
"""
