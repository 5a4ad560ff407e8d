"""The pages of Housecall's own, a module each: every module lists its ROUTES."""
