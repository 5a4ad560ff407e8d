"""Recovering a site from web archives: what to ask their indices, what to fetch, and a plan."""
