-- What every script begins with.  KEYS[1] is the slot, KEYS[2] its due list.

local call, pcall = redis.call, redis.pcall

-- Milliseconds of the shard's clock.
local function clock()
  local t = call('TIME')
  return t[1] * 1000 + (t[2] - t[2] % 1000) / 1000
end

-- Acknowledged writes are gone: the slot is closed, for all, and nothing else
-- is written.
local function regressed(known)
  if call('HEXISTS', KEYS[1], 'c') == 0 then
    call('HSET', KEYS[1], 'c', 'regressed ' .. known)
  end
  return 'REGRESSED'
end

-- Whether the record a worker saw made at `version` has vanished.  What an
-- operator has opened again since (f: the version it was opened at) is past.
local function vanished(key, version)
  return version ~= '' and call('EXISTS', key) == 0
    and tonumber(version) > tonumber(call('HGET', KEYS[1], 'f') or 0)
end
