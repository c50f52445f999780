-- Reads the state of a lock.  The number of commands does not depend on how
-- many requests hold the lock, wait for it, or have failed.
-- KEYS: 1 lock  2 queue  3 holders
-- Sets call, time, now, owner, token, turn, BURIED, looks, owned_until, tag,
-- name, leases, worker_of, lease_of, lives, bury, first, pass.
local call = redis.call
--@ clock.lua
--@ lock_fields.lua
local owner, token, turn = unpack(call('HMGET', KEYS[1], OWNER, TOKEN, TURN))
turn = tonumber(turn or 0)

local BURIED = 100        -- requests that one command tests,
local looks = 10          -- and such commands in one call, at most

-- Returns the time until which the lock is held, in ms; 0 if it is free.  A
-- lock without a token was deleted, and its holders have lost it.
local function owned_until()
  local last = call('ZRANGE', KEYS[3], -1, -1, 'WITHSCORES')[2]
  last = token and tonumber(last or 0) or 0
  return last > now and last or 0
end

-- A place in the queue lasts as long as the lease of the request's worker.
local tag, name = string.match(KEYS[1], '^(trade:{%w+}:)lock:(.*)$')
local leases = {}

local function worker_of(id) return string.match(id, '^%w+') end

local function lease_of(id) return tag .. 'lease:' .. worker_of(id) .. ':' .. name end

local function lives(id)
  local worker = worker_of(id)
  if leases[worker] == nil then
    leases[worker] = call('GET', lease_of(id)) and true or false
  end
  return leases[worker]
end

-- Removes requests of dead workers from the queue, beginning at a rank.
local function bury(rank)
  local dead = {}
  for _, id in ipairs(call('ZRANGE', KEYS[2], rank, rank + BURIED - 1)) do
    if not lives(id) then dead[#dead + 1] = id end
  end
  if dead[1] then call('ZREM', KEYS[2], unpack(dead)) end
end

-- Returns the first request of the queue, and the time since which it waits, in
-- us.  Its worker may be dead, if more requests of dead workers stand before
-- the next one than a call removes.
local function first()
  local id, since = unpack(call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES'))
  while id and looks > 0 and not lives(id) do
    looks = looks - 1
    bury(0)
    id, since = unpack(call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES'))
  end
  return id, tonumber(since or 0)
end

-- The lock is free: tells the first request of the queue, which has its turn
-- for `ms`.  A worker is dead if nobody listens to its channel.  The lock's key
-- lasts longer than the turn, so that a later call sees a turn that was not
-- taken.
local function pass(ms, asks)
  while true do
    local id = first()
    if not id or id == asks or not lives(id) then return id end
    if call('PUBLISH', 'trade:lock:' .. worker_of(id), id) > 0 then
      turn = now + ms
      call('HSET', KEYS[1], TURN, turn)
      call('PEXPIRE', KEYS[1], 4 * ms)
      return id
    end
    leases[worker_of(id)] = false
  end
end
