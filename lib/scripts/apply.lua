-- apply: an order that is in the topic, and was lost here, is made again.
--
-- KEYS: 1 slot  2 due  3 the order's record  4.. bought:<sku> of each item
-- ARGV: 1 the version that had survived  2 the order's version
--       3 id  4 sequence  5 the record
--       6 ms the record lives, '' for ever  7 buyer
--       8.. the quantity of each item, then the field available|<sku> of each
--
-- Answers APPLIED; KNOWN if its record is here, and with it its effect; or
-- UNFENCED.  Available is not asked: what was sold was sold, and where it was
-- sold twice it becomes negative.  Whoever bought may buy at once: the lock of
-- an order that is in the topic is no more.

local call = redis.call
--@ fenced.lua

local record = call('GET', KEYS[3])
if record then
  local seq = tonumber(string.match(record, '^%u+ (%d+) '))
  if not seq or seq >= tonumber(ARGV[4]) then return 'KNOWN' end
end

if ARGV[6] == '' then
  call('SET', KEYS[3], ARGV[5])
else
  call('SET', KEYS[3], ARGV[5], 'PX', ARGV[6])
end

local items = #KEYS - 3

for i = 1, items do
  local quantity, field = ARGV[7 + i], ARGV[7 + items + i]
  local available = call('HGET', KEYS[1], field) or 0
  local bought = call('HGET', KEYS[3 + i], ARGV[7])
  local had, rest = string.match(bought or '', '^(%d+) (.*)$')
  call('HSET', KEYS[1], field, available - quantity .. '')
  call('HSET', KEYS[3 + i], ARGV[7],
    (had or 0) + quantity .. ' ' .. (rest or '0 ' .. ARGV[3]))
end

call('HSET', KEYS[1], 'v', version)
call('ZREM', KEYS[2], ARGV[3] .. '.' .. ARGV[4])

return 'APPLIED'
