"""What the portal reads: search.json and one document per public dataset, made from the store and written into it.

Not here: the pages themselves (`portal/`), and the status of Tushare's modules (`opendata_platform.status`).
"""
