-- The server's clock, ms since 1970.
-- Reads call.  Sets time, the reply of TIME, and now.
local time = call('TIME')
local now = time[1] * 1000 + (time[2] - time[2] % 1000) / 1000
