#!lua flags=allow-oom
-- lock_renew: a request holds its lock on.
--
-- KEYS: 1 lock
-- ARGV: 1 request  2 ms that it is held  3 its fencing token
--
-- Answers RENEWED; or LOST: it is not the request's any more.

local call = redis.call
local time = call('TIME')
local now = time[1] * 1000 + (time[2] - time[2] % 1000) / 1000
local lock = call('HMGET', KEYS[1], 'h|' .. ARGV[1], 'f')

if tonumber(lock[1] or 0) <= now or lock[2] ~= ARGV[3] then return 'LOST' end

call('HSET', KEYS[1], 'h|' .. ARGV[1], now + ARGV[2])
call('PEXPIRE', KEYS[1], ARGV[2], 'GT')

return 'RENEWED'
