-- The script of the bare loop (bench/half).  It writes as much as place.lua, and
-- tests nothing but the stock.
-- KEYS: 1 slot  2 due  3 the order's record  4 the Idempotency-Key's  5 bought
-- ARGV: 1 id  2 buyer  3 when the event is due, ms  4 the record
redis.call('SET', KEYS[4], ARGV[1], 'NX', 'PX', 86400000)
redis.call('SET', KEYS[3], ARGV[4], 'NX', 'PX', 604800000)
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
if redis.call('HINCRBY', KEYS[1], 'sold', 1) > 1000000000 then
  return redis.error_reply('SOLD OUT')
end
redis.call('HSET', KEYS[5], ARGV[2], '1 ' .. ARGV[3] .. ' ' .. ARGV[1])
return redis.status_reply('PLACED')
