-- The names of all keys of the slot begin with this prefix.
-- KEYS: 1 slot
-- Sets prefix.
local prefix = string.sub(KEYS[1], 1, -5)
