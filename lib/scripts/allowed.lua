-- A permission may be taken away at any time.  What a script will write is looked
-- at before its first write, so that it writes all or nothing: `forbidden` is
-- false, or the error to answer, of the first of these calls that this user may
-- not make.
-- Sets forbidden.
local function forbidden(...)
  for _, words in ipairs({ ... }) do
    if not redis.acl_check_cmd(unpack(words)) then
      return redis.error_reply('NOPERM this user may not ' .. words[1] .. ' '
        .. words[2])
    end
  end
  return false
end
