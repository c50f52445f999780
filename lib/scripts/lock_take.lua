-- lock_take: a request takes a lock, or a place in the lock's queue; or asks
-- whether its turn has come.
--
-- KEYS: 1 lock  2 queue  3 holders  4 fence of the slot
--       5 late copies of this request
-- ARGV: 1 request: `<worker>.<number>`  2 owner  3 ms for which it holds the
--       lock
--       4 ms of the lease of its worker's waiters, 0 for a request that does
--       not wait  5 waiters at most, 0 for any number  6 ms of a turn
--
-- Answers TAKEN, 1 if the request had no place, and the fencing token; QUEUED,
-- 1 if the place is new, and the ms until the lock may be free; BUSY: the lock
-- is held; FULL: too many requests wait; GONE: this is a late copy of a request
-- that was released already.
--
-- Holders of one owner share the lock and its token, unless another request has
-- waited for as long as a request holds the lock.  A request that comes again
-- has the lock, or its place, only once.

--@ lock_state.lua

local id, asks_for, ttl, lease, most, turn_ms = unpack(ARGV)
ttl, lease, most = tonumber(ttl), tonumber(lease), tonumber(most)

if call('GET', KEYS[5]) then return 'GONE' end

local until_ms = owned_until()
local mine = until_ms > 0 and owner == asks_for

if mine and tonumber(call('ZSCORE', KEYS[3], id) or 0) <= now then
  local waits, since = first()
  mine = not waits or waits == id or now - since / 1000 < ttl
  if mine then
    -- holders that have died lapse one by one
    local lapsed = call('ZRANGE', KEYS[3], '-inf', now, 'BYSCORE', 'LIMIT', 0, BURIED)
    if lapsed[1] then call('ZREM', KEYS[3], unpack(lapsed)) end
  end
end

if until_ms == 0 then
  local waits = first()
  if waits and waits ~= id and turn <= now then
    -- the request did not take its turn, or the lock has lapsed and nobody was
    -- told
    if turn > 0 then call('ZREM', KEYS[2], waits) end
    waits = pass(turn_ms, id)
  end
  if not waits or waits == id then
    token = string.format('%.0f', math.max(
      (call('GET', KEYS[4]) or 0) + 1, time[1] * 1000000 + time[2]))
    call('SET', KEYS[4], token)
    call('HSET', KEYS[1], OWNER, asks_for, TOKEN, token)
    call('HDEL', KEYS[1], TURN)
    call('DEL', KEYS[3])
    mine = true
  end
end

if mine then
  until_ms = math.max(until_ms, now + ttl)
  call('ZADD', KEYS[3], now + ttl, id)
  call('PEXPIRE', KEYS[3], until_ms - now)
  call('PEXPIRE', KEYS[1], until_ms - now)
  local place = call('ZREM', KEYS[2], id)
  -- requests behind this one keep their places, however often that happens
  if place == 1 and lease > 0 then
    call('SET', lease_of(id), '', 'PX', lease)
    call('PEXPIRE', KEYS[2], lease)
  end
  return 'TAKEN ' .. 1 - place .. ' ' .. token
end

if lease == 0 then return 'BUSY' end

local new = not call('ZSCORE', KEYS[2], id)
if new then
  if most > 0 and call('ZCARD', KEYS[2]) >= most then
    -- places of dead workers are free, anywhere in the queue
    bury(time[2] % math.max(call('ZCARD', KEYS[2]) - BURIED + 1, 1))
    if call('ZCARD', KEYS[2]) >= most then return 'FULL' end
  end
  local tail = call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')[2]
  call('ZADD', KEYS[2], string.format('%.0f', math.max(
    (tail or 0) + 1, time[1] * 1000000 + time[2])), id)
end

call('SET', lease_of(id), '', 'PX', lease)
call('PEXPIRE', KEYS[2], lease)

return 'QUEUED ' .. (new and 1 or 0) .. ' ' .. math.max(until_ms, turn, now) - now
