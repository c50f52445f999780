-- What there is of a lock.  Holders whose time is over hold it no more, and the
-- waiters of a worker whose lease is over have lost their places.
-- KEYS: 1 lock  2 queue
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000 + (time[2] - time[2] % 1000) / 1000
local lock, holders, withdrawn, freed, last, over = {}, 0, 0, 0, now, nil

local function first() return call('ZRANGE', KEYS[2], 0, 0)[1] end

local function forget(workers)
  local queue, some = call('ZRANGE', KEYS[2], 0, -1), {}
  for i = 1, #queue do
    if workers[string.match(queue[i], '^%w+')] then
      some[#some + 1] = queue[i]
    end
    if #some == 1000 then
      call('ZREM', KEYS[2], unpack(some))
      some = {}
    end
  end
  if some[1] then call('ZREM', KEYS[2], unpack(some)) end
end

-- The lock is free: the first who waits is told, and has its turn for a while.
-- A worker that nobody listens at is dead.
local function pass(turn, asks)
  local id = first()
  while id and id ~= asks do
    local worker = string.match(id, '^%w+')
    if lock['w|' .. worker]
      and call('PUBLISH', 'trade:lock:' .. worker, id) > 0
    then
      call('HSET', KEYS[1], 't', now + turn)
      return id
    end
    call('HDEL', KEYS[1], 'w|' .. worker)
    lock['w|' .. worker] = nil
    forget({ [worker] = true })
    id = first()
  end
  return id
end

local fields = call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local field, value = fields[i], fields[i + 1]
  local kind = string.sub(field, 1, 2)
  if kind == 'h|' or kind == 'w|' or kind == 'x|' then
    value = tonumber(value)
    if value > now then
      lock[field] = value
      last = math.max(last, value)
      if kind == 'h|' then
        holders = holders + 1
        freed = math.max(freed, value)
      elseif kind == 'x|' then
        withdrawn = withdrawn + 1
      end
    else
      call('HDEL', KEYS[1], field)
      if kind == 'w|' then
        over = over or {}
        over[string.sub(field, 3)] = true
      end
    end
  else
    lock[field] = value
  end
end
if over then forget(over) end
