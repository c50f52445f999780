-- lock_take: a request takes a lock, or a place in the queue of those that wait
-- for it; or asks whether it is its turn.
--
-- KEYS: 1 lock  2 queue  3 fence of the slot
-- ARGV: 1 request: `<worker>.<number>`  2 owner  3 ms that it is held
--       4 ms of the lease of its worker's waiters, 0 for a request that does
--       not wait  5 waiters at most, 0 for any number  6 ms of a turn
--
-- Answers TAKEN, 1 if it had no place, and the fencing token; QUEUED, 1 if the place is new, and the
-- ms until the lock may be free; BUSY: it is held; FULL: too many wait; GONE:
-- this is a late copy of what was released already.
--
-- Holders of one owner share the lock and its token.  What is held or queued
-- already is so once only, however often it is asked for.

--@ lock_state.lua

local id, owner, ttl, turn = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[6]
local worker = string.match(id, '^%w+')

if lock['x|' .. id] then return 'GONE' end

local mine = lock['h|' .. id] or holders > 0 and lock.o == owner

if holders == 0 then
  local next = first()
  if next and next ~= id and (not lock.t or tonumber(lock.t) <= now) then
    -- it did not take its turn, or the lock has lapsed and nobody was told
    if lock.t then call('ZREM', KEYS[2], next) end
    next = pass(turn, id)
    lock.t = now + turn
  end
  if not next or next == id then
    local token = string.format('%.0f', math.max(
      (call('GET', KEYS[3]) or 0) + 1, time[1] * 1000000 + time[2]))
    call('SET', KEYS[3], token)
    call('HSET', KEYS[1], 'o', owner, 'f', token)
    lock.f = token
    mine = true
  end
end

local lease = tonumber(ARGV[4])

if mine then
  call('HSET', KEYS[1], 'h|' .. id, now + ttl)
  call('HDEL', KEYS[1], 't')
  local place = call('ZREM', KEYS[2], id)
  -- those behind it keep theirs, however long it goes on like this
  if place == 1 and lock['w|' .. worker] then
    call('HSET', KEYS[1], 'w|' .. worker, now + lease)
    call('PEXPIRE', KEYS[2], lease)
    last = math.max(last, now + lease)
  end
  call('PEXPIRE', KEYS[1], math.max(last, now + ttl) - now)
  return 'TAKEN ' .. 1 - place .. ' ' .. lock.f
end

if lease == 0 then return 'BUSY' end

local new = not call('ZSCORE', KEYS[2], id)
if new then
  if ARGV[5] ~= '0' and call('ZCARD', KEYS[2]) >= tonumber(ARGV[5]) then
    return 'FULL'
  end
  local tail = call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')
  call('ZADD', KEYS[2], (tail[2] or 0) + 1, id)
end

call('HSET', KEYS[1], 'w|' .. worker, now + lease)
call('PEXPIRE', KEYS[1], math.max(last, now + lease) - now)
call('PEXPIRE', KEYS[2], lease)

return 'QUEUED ' .. (new and 1 or 0) .. ' '
  .. math.max(holders > 0 and freed or tonumber(lock.t), now) - now
