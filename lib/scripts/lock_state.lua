-- Reads the state of a lock.  The number of commands does not depend on how
-- many requests hold the lock, wait for it, or have failed.
-- KEYS: 1 lock  2 queue  3 holders
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000 + (time[2] - time[2] % 1000) / 1000
local owner, token, turn = unpack(call('HMGET', KEYS[1], 'o', 'f', 't'))
turn = tonumber(turn or 0)

local BURIED = 100        -- of the dead are looked at with one command,
local looks = 10          -- and so often by one call

-- Until when the lock is held, in ms; 0 if it is not.  A lock without a token
-- was deleted: those who held it have lost it.
local function held()
  local last = call('ZRANGE', KEYS[3], -1, -1, 'WITHSCORES')[2]
  last = token and tonumber(last or 0) or 0
  return last > now and last or 0
end

-- The places of a worker's requests last as long as its lease.
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

-- Takes those from the queue, from a rank on, whose worker is dead.
local function bury(rank)
  local dead = {}
  for _, id in ipairs(call('ZRANGE', KEYS[2], rank, rank + BURIED - 1)) do
    if not lives(id) then dead[#dead + 1] = id end
  end
  if dead[1] then call('ZREM', KEYS[2], unpack(dead)) end
end

-- The first who waits, and since when, in us.  It may be dead if there were more
-- of the dead before it than one call buries.
local function first()
  local id, since = unpack(call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES'))
  while id and looks > 0 and not lives(id) do
    looks = looks - 1
    bury(0)
    id, since = unpack(call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES'))
  end
  return id, tonumber(since or 0)
end

-- The lock is free: the first who waits is told, and has its turn for a while.
-- A worker that nobody listens at is dead.  The lock is known for longer than
-- the turn lasts, so that whoever asks then sees that it was not taken.
local function pass(ms, asks)
  while true do
    local id = first()
    if not id or id == asks or not lives(id) then return id end
    if call('PUBLISH', 'trade:lock:' .. worker_of(id), id) > 0 then
      turn = now + ms
      call('HSET', KEYS[1], 't', turn)
      call('PEXPIRE', KEYS[1], 4 * ms)
      return id
    end
    leases[worker_of(id)] = false
  end
end
