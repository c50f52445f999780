-- identify: reads the identity of a server, and tests whether this user may run
-- there all commands of the other scripts.  An empty server takes the identity
-- that it is given.
--
-- KEYS: 1 trade:shard
-- ARGV: 1 identity: the shard's name and the ring's digest
--       2 `locks`, `hints`, both or neither, as they use the shard beside orders
--
-- Answers the server's clock, in ms, and its identity, empty if it has none; or
-- an error: the server is a replica, or a command may not be used.

local identity, used = ARGV[1], ARGV[2]
--@ slot_fields.lua

local function key(kind) return 'trade:{s0}:' .. kind end

local commands = {
  { 'HMGET', key('slot'), VERSION }, { 'HGET', key('bought:a'), 'a' },
  { 'HSET', key('slot'), VERSION, 1 }, { 'HSET', key('bought:a'), 'a', 1 },
  { 'HDEL', key('slot'), CLOSED }, { 'HDEL', key('bought:a'), 'a' },
  { 'HSCAN', key('slot'), 0 }, { 'HSCAN', key('bought:a'), 0 },
  { 'GET', key('order:a') },
  { 'SET', key('order:a'), 'a' }, { 'DEL', key('order:a') },
  { 'GETRANGE', key('order:a'), 0, 0 }, { 'PERSIST', key('order:a') },
  { 'GET', key('key:a') }, { 'SET', key('key:a'), 'a' },
  { 'PEXPIRE', key('key:a'), 1 }, { 'ZADD', key('due'), 1, 'a' },
  { 'ZSCORE', key('due'), 'a' }, { 'ZREM', key('due'), 'a' },
  { 'ZRANGE', key('due'), 0, 0 }, { 'ZCARD', key('due') },
  { 'GET', key('hold:a') }, { 'SET', key('hold:a'), 'a' },
  { 'ZADD', key('asks'), 1, 'a' }, { 'ZREM', key('asks'), 'a' },
  { 'ZRANGE', key('asks'), 0, 0 },
  { 'ZADD', key('unpaid'), 1, 'a' }, { 'ZREM', key('unpaid'), 'a' },
  { 'ZRANGE', key('unpaid'), 0, 0 },
  { 'TIME' }, { 'DBSIZE' }, { 'PING' }, { 'WAIT', 1, 0 }
}

if string.find(used, 'hints') then
  commands[#commands + 1] = { 'GETEX', key('key:a') }
end

if string.find(used, 'locks') then
  for _, command in ipairs({
    { 'PUBLISH', 'trade:lock:a', 'a' }, { 'SUBSCRIBE', 'trade:lock:a' }
  }) do
    commands[#commands + 1] = command
  end
end

if not redis.acl_check_cmd then
  return redis.error_reply('ERR VERSION it is older than Redis 7.0')
end

for _, command in ipairs(commands) do
  local known, allowed = pcall(redis.acl_check_cmd, unpack(command))
  if not known then
    return redis.error_reply('NOPERM there is no command ' .. command[1]
      .. ': it is disabled, or has another name')
  end
  if not allowed then
    return redis.error_reply('NOPERM this user may not '
      .. table.concat(command, ' ', 1, math.min(#command, 2)))
  end
end

local master = redis.pcall('PERSIST', KEYS[1])
if type(master) == 'table' and string.find(master.err, '^READONLY') then
  return master
end

local id = redis.call('GET', KEYS[1])

if not id then
  id = ''
  if redis.call('DBSIZE') == 0 then
    id = identity
    redis.call('SET', KEYS[1], id)
  end
end

local t = redis.call('TIME')

return t[1] * 1000 + (t[2] - t[2] % 1000) / 1000 .. ' ' .. id
