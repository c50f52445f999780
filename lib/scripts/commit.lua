-- commit: all slots hold what an order has in them: it is placed.
--
-- KEYS: 1 slot  2 due  3 the last record seen  4 the order's record
-- ARGV: 1 version known  2 version of the last record seen, or ''
--       3 id  4 ms of the lease  5 `<slot>=<version>,...` of the others
--       6 ms the record lives, '' for ever
--
-- Answers the record, `PLACED 1 <fingerprint> <version> <placed at> <others>`,
-- or, where it is that already or has gone on, all of it; GONE: it was given up.

local call, pcall = redis.call, redis.pcall
local slot = call('HMGET', KEYS[1], 'v', 'c')
local version = tonumber(slot[1] or 0)
--@ regressed.lua

if slot[2] then return 'CLOSED ' .. slot[2] end

local id, record = ARGV[3], call('GET', KEYS[4])
local state, fingerprint, rest = string.match(record or '',
  '^(%u+) %d+ (%x+) [^\n]*(\n.*)$')

if not state or state == 'REFUSED' then return 'GONE' end

if state ~= 'PREPARING' then
  pcall('HSET', KEYS[1], 'v', version)
  return record
end

local time = call('TIME')
local now = time[1] * 1000 + (time[2] - time[2] % 1000) / 1000
local made = pcall('ZADD', KEYS[2], now + ARGV[4] .. '', id .. '.1')
if type(made) == 'table' then return made end

local header = 'PLACED 1 ' .. fingerprint .. ' ' .. version + 1 .. ' ' .. now
  .. ' ' .. ARGV[5]

if ARGV[6] == '' then
  call('SET', KEYS[4], header .. rest)
else
  call('SET', KEYS[4], header .. rest, 'PX', ARGV[6])
end

--@ move.lua
move(rest, 0, -1, 0, id)
call('HSET', KEYS[1], 'v', version + 1 .. '')

local asks = string.sub(KEYS[1], 1, -5) .. 'asks'
for other in string.gmatch(ARGV[5], '(%d+)=') do
  call('ZADD', asks, 'XX', now + ARGV[4] .. '', id .. '.' .. other)
end

return header
