-- Acknowledged writes are gone: the slot's version is lower than one that was
-- known when this call was sent.  The slot is closed, for all, and nothing
-- else is written.
-- ARGV: 1 version known
if version < tonumber(ARGV[1]) then
  if call('HEXISTS', KEYS[1], 'c') == 0 then
    call('HSET', KEYS[1], 'c', 'regressed ' .. ARGV[1])
  end
  return 'REGRESSED'
end
