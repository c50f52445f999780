#!lua flags=allow-oom
-- lock_renew: a request keeps its lock.
--
-- KEYS: 1 lock  2 holders
-- ARGV: 1 request  2 ms for which it keeps the lock  3 its fencing token
--
-- Answers RENEWED; or LOST: the request no longer has the lock.

local call = redis.call
--@ clock.lua
--@ lock_fields.lua
local id, ttl, fence = unpack(ARGV)
local ends = tonumber(call('ZSCORE', KEYS[2], id) or 0)

if ends <= now or call('HGET', KEYS[1], TOKEN) ~= fence then return 'LOST' end

call('ZADD', KEYS[2], now + ttl, id)
call('PEXPIRE', KEYS[2], ttl, 'GT')
call('PEXPIRE', KEYS[1], ttl, 'GT')

return 'RENEWED'
