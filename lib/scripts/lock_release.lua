#!lua flags=allow-oom
-- lock_release: a request gives its lock back, or its place in the queue, and
-- who is next is told.
--
-- KEYS: 1 lock  2 queue
-- ARGV: 1 request  2 ms of a turn  3 ms for which a late copy of the request is
--       to be known, 0 if there is none
--
-- Answers RELEASED, and 1 if it held the lock.

--@ lock_state.lua

local id = ARGV[1]
local held = lock['h|' .. id]
local had = held or first() == id

call('HDEL', KEYS[1], 'h|' .. id)
call('ZREM', KEYS[2], id)
holders = holders - (held and 1 or 0)

if ARGV[3] ~= '0' then
  call('HSET', KEYS[1], 'x|' .. id, now + ARGV[3])
  withdrawn = withdrawn + 1
  last = math.max(last, now + ARGV[3])
end

if holders == 0 and (had or not lock.t or tonumber(lock.t) <= now) then
  pass(ARGV[2])
end

if holders + withdrawn == 0 and not first() then
  call('DEL', KEYS[1])
else
  call('PEXPIRE', KEYS[1], math.max(last - now, 1))
end

return 'RELEASED ' .. (held and 1 or 0)
