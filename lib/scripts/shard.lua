-- shard: who a server is.  An empty one takes the identity it is given.
--
-- KEYS: 1 trade:shard
-- ARGV: 1 identity: the shard's name and the ring's digest
--
-- Answers the server's clock, in ms, and the identity it has, empty if none.

local id = redis.call('GET', KEYS[1])

if not id then
  id = ''
  if redis.call('DBSIZE') == 0 then
    id = ARGV[1]
    redis.call('SET', KEYS[1], id)
  end
end

local t = redis.call('TIME')

return t[1] * 1000 + (t[2] - t[2] % 1000) / 1000 .. ' ' .. id
