#!lua flags=allow-oom
-- lock_release: a request gives its lock back, or its place in the queue, and
-- the next request is told.
--
-- KEYS: 1 lock  2 queue  3 holders  4 late copies of this request
-- ARGV: 1 request  2 ms of a turn  3 ms for which a late copy of the request is
--       to be known, 0 if there is none
--
-- Answers RELEASED, and 1 if the request held the lock, else 0.

--@ lock_state.lua

local id, turn_ms, late = unpack(ARGV)
local was = token and tonumber(call('ZSCORE', KEYS[3], id) or 0) > now
local had = was or call('ZRANGE', KEYS[2], 0, 0)[1] == id

call('ZREM', KEYS[3], id)
call('ZREM', KEYS[2], id)

if late ~= '0' then call('SET', KEYS[4], '', 'PX', late) end

if owned_until() == 0 then
  if had or turn <= now then pass(turn_ms) end
  if not first() then call('DEL', KEYS[1], lease_of(id)) end
end

return 'RELEASED ' .. (was and 1 or 0)
