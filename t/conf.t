# A mistake in a configuration fails `nginx -t`, which names it and its place; a
# correct configuration passes.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Trade;
use Trade::Process qw(slurp spew);

my $t = Trade->new;
my $n = $t->nginx(<<'EOF', my %right = (
%%GLOBALS%%
events { worker_connections 64; }
%%MAIN%%
http {
    %%GLOBALS_HTTP%%
    %%ZONE%%
    %%HTTP%%
    trade_redis stock {         #redis
        %%REDIS%%
    }                           #end redis
    trade_kafka orders {        #kafka
        %%KAFKA%%
    }                           #end kafka
    %%BLOCKS%%
    server {
        listen 127.0.0.1:%%PORT%%;
        %%SERVER%%
        location /v1/orders {
            %%LOCATION%%
        }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF
    MAIN => '', HTTP => '', BLOCKS => '', SERVER => '',
    ZONE => 'trade_zone main:16m;',
    REDIS => 'server 127.0.0.1:7001 name=a;',
    KAFKA => 'brokers 127.0.0.1:9092; topic orders;',
    LOCATION => 'trade_orders stock orders;'));

my $kafka = $right{KAFKA};
my $redis = $right{REDIS};
my $place = $right{LOCATION};
my $name = 'n' x 64;

spew("$n->{dir}/password", "secret\n");
spew("$n->{dir}/empty", "\nsecret\n");
spew("$n->{dir}/long", 'x' x 1024 . "\n");
spew("$n->{dir}/shards.conf", "server 127.0.0.1:7001 name=a;\nserver 127.0.0.1:7002 name=b;\n");
spew("$n->{dir}/bad.conf", "server 127.0.0.1:7001 name=a;\nserver 127.0.0.1:7002 name=a;\n");
spew("$n->{dir}/ca.pem", "no certificate\n");
my $key = 'ab' x 32;
spew("$n->{dir}/$_->[0]", $_->[1]), chmod 0600, "$n->{dir}/$_->[0]" for ['keys', "k1 $key\nk2 $key\n"],
    ['empty.keys', ''], ['comment.keys', "# k1 $key\n"], ['short.keys', "# ours\nk1 abab\n"],
    ['bad.keys', "k1 $key\nk2 secret!\n"], ['id.keys', "k.1 $key\n"], ['alone.keys', "k1\n"],
    ['more.keys', "k1 $key $key\n"], ['three.keys', "k1 $key\nk2 $key\nk3 $key\n"],
    ['same.keys', "k1 $key\nk1 $key\n"], ['long.keys', '#' x 4097];
spew("$n->{dir}/open.keys", "k1 $key\n");
chmod 0644, "$n->{dir}/open.keys";
system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
    . "-subj /CN=$_ -keyout $n->{dir}/$_.key -out $n->{dir}/$_.crt 2>/dev/null") == 0
    or die "openssl: $?\n" for qw(own other);

# Configurations that pass: a name, and the text for places of the configuration
# above.

my @pass = (
    ['the least there is', {}],
    ['a zone of the least size', { ZONE => 'trade_zone main:2m;' }],
    ['every directive of a shard', { REDIS => 'server 127.0.0.1:7001 name=a weight=1; '
        . 'server 127.0.0.1:7002 weight=1000 name=b; user u; password_file password; '
        . 'connect_timeout 200ms; timeout 2s; connections 64; durability 1 1s;' }],
    ['shards without a name or a port', { REDIS => 'server 127.0.0.1; server [::1]:7001;' }],
    ['a unix socket', { REDIS => 'server unix:/tmp/redis.sock;' }],
    ['a name of 64 characters', { REDIS => "server 127.0.0.1:7001 name=$name;" }],
    ['every character a name may have', { REDIS => 'server 127.0.0.1:7001 name=aZ0_.:-;' }],
    ['shards in a file', { REDIS => 'include shards.conf;' }],
    (gethostbyname('localhost') ? ['a host name that is known',
        { REDIS => 'server localhost:7001 name=a;' }] : ()),
    ['a host name that a resolver will know',
        { HTTP => 'resolver 127.0.0.1;', REDIS => 'server redis.invalid:7001 name=a;' }],
    ['a password without a user', { REDIS => "$redis password_file password;" }],
    ['durability with a time', { REDIS => "$redis durability 100 999ms;" }],
    ['no durability, whatever its time', { REDIS => "$redis durability 0 5s;" }],
    ['TLS', { REDIS => "$redis ssl on; ssl_trusted_certificate own.crt;" }],
    ['every directive of TLS', { REDIS => "$redis ssl on; ssl_verify on; ssl_name redis.test; "
        . "ssl_trusted_certificate own.crt; ssl_certificate $n->{dir}/own.crt; "
        . 'ssl_certificate_key own.key;' }],
    ['TLS to any kind of address', { HTTP => 'resolver 127.0.0.1;', REDIS => 'server redis.invalid; '
        . 'server [::1]:7001; server 127.0.0.1:7001; ssl on; ssl_trusted_certificate own.crt;' }],
    ['TLS that trusts everybody', { REDIS => "$redis ssl on; ssl_verify off;" }],
    ['TLS on a socket that trusts everybody',
        { REDIS => 'server unix:/tmp/redis.sock; ssl on; ssl_verify off;' }],
    ['TLS on a socket with a name', { REDIS => 'server unix:/tmp/redis.sock; ssl on; '
        . 'ssl_trusted_certificate own.crt; ssl_name redis.test;' }],
    ['TLS that is off', { REDIS => "$redis ssl off; ssl_trusted_certificate none;" }],
    ['every directive of a topic', { KAFKA => 'brokers 127.0.0.1:9092,127.0.0.2:9092; '
        . 'topic trade.orders-v1_x; source /shop; key buyer_id; '
        . 'property compression.codec lz4; property linger.ms 1; property acks all; '
        . 'property enable.idempotence true; property message.timeout.ms 4999;' }],
    ['key order_id', { KAFKA => "$kafka key order_id;" }],
    ['outage', { KAFKA => "$kafka outage 500ms;" }],
    ['a topic of 249 characters', { KAFKA => 'brokers a:1; topic ' . 't' x 249 . ';' }],
    ['any other property', { KAFKA => "$kafka property max.in.flight 5; "
        . 'property security.protocol sasl_plaintext; property sasl.mechanism PLAIN; '
        . 'property sasl.username u; property sasl.password p;' }],
    ['a lease just long enough', { HTTP => 'trade_lease 6001ms;' }],
    ['a lease for another message.timeout.ms',
        { HTTP => 'trade_lease 3s;', KAFKA => "$kafka property message.timeout.ms 900;" }],
    ['orders kept for a day', { HTTP => 'trade_order_keep 24h;' }],
    ['orders kept for ever', { HTTP => 'trade_order_keep off;' }],
    ['limits kept for a month', { HTTP => 'trade_limit_keep 30d;' }],
    ['limits kept for ever', { HTTP => 'trade_limit_keep off;' }],
    ['a backlog', { HTTP => 'trade_pending max=1;' }],
    ['all the limits, in http', { HTTP => 'trade_timeout 500ms; trade_body_max 64k; '
        . 'trade_max_quantity 1; trade_max_items 1; trade_key_required on; '
        . 'trade_buyer $http_x_buyer; trade_problem_base https://a.test/p%20q?x=(1)#;' }],
    ['all the limits, in the server', { SERVER => 'trade_timeout 500ms; trade_body_max 64k; '
        . 'trade_max_quantity 1; trade_max_items 1; trade_key_required off; '
        . 'trade_buyer u-$http_x_buyer;' }],
    ['all the limits, in the location', { LOCATION => "$place trade_timeout 500ms; "
        . 'trade_body_max 64k; trade_max_quantity 1; trade_max_items 1; '
        . 'trade_key_required on; trade_buyer $http_x_buyer;' }],
    ['a body that fits message.max.bytes',
        { KAFKA => "$kafka property message.max.bytes 33792;" }],
    ['other kinds of prefix', { SERVER => 'location ^~ /a/ { trade_orders stock orders; } '
        . 'location = /b { trade_orders stock orders; } '
        . 'location /c { location /c/d { trade_stock stock orders; } }' }],
    ['a lock, in http', { BLOCKS => 'trade_lock stock $uri;' }],
    ['every parameter of a lock', { SERVER => 'trade_lock stock $host$uri owner=$remote_user '
        . 'ttl=100ms wait=0 max=1; trade_lock_status 409;' }],
    ['a lock off, and on', { SERVER => 'trade_lock off; location /l { trade_lock stock k ttl=24h; }' }],
    ['a lock of shards without a topic', { BLOCKS => 'trade_redis more { server 127.0.0.1:7003 name=a; }',
        SERVER => 'trade_lock more $uri wait=1h;' }],
    ['tickets, in http', { HTTP => 'trade_ticket keys=keys;' }],
    ['tickets, off and on', { SERVER => 'trade_ticket off;',
        LOCATION => "$place trade_ticket keys=$n->{dir}/keys;" }],
    ['a location that issues tickets', { SERVER => 'location = /t { trade_ticket_issue ttl=1s keys=keys; } '
        . 'location /t/ { internal; trade_ticket_issue keys=keys ttl=12h; }' }],
    ['two shops', { BLOCKS => 'trade_redis more { server 127.0.0.1:7003 name=a; } '
            . 'trade_kafka others { brokers 127.0.0.1:9092; topic others; }',
        SERVER => 'location /more { trade_orders more others; }' }],
    ['the variables', { HTTP => 'log_format t "$trade_result $trade_order_id $trade_sku '
        . '$trade_shard $trade_lock_time $trade_reserve_time $trade_publish_time '
        . '$trade_kafka_partition $trade_kafka_offset";' }],
);

# Configurations that fail: the same, the message, and a mark in the line that
# is named; by default that is the last line of the text there.

my @fail = (
    # the zone
    ['no zone', { ZONE => '' }, qr/needs a "trade_zone" before/, '{ trade_status'],
    ['a zone twice', { HTTP => 'trade_zone more:16m;' }, qr/"trade_zone" directive is duplicate/],
    ['a small zone', { ZONE => 'trade_zone main:2047k;' },
        qr/"trade_zone" directive has an invalid size, or one below 2m/],
    ['a zone without a size', { ZONE => 'trade_zone main;' }, qr/needs a name and a size/],
    ['a zone without a name', { ZONE => 'trade_zone :16m;' }, qr/needs a name and a size/],
    ['a zone of no size', { ZONE => 'trade_zone main:x;' }, qr/has an invalid size/],
    ['a zone that is there', { ZONE => 'limit_req_zone $host zone=main:1m rate=1r/s; '
        . 'trade_zone main:16m;' }, qr/zone "main" is already declared|conflicting|size \d+ of/],

    # names
    ['shards twice', { BLOCKS => "trade_redis stock { $redis }" },
        qr/"trade_redis" directive is duplicate/],
    ['a topic twice', { BLOCKS => "trade_kafka orders { $kafka }" },
        qr/"trade_kafka" directive is duplicate/],
    ['shards without a name', { BLOCKS => "trade_redis { $redis }" },
        qr/invalid number of arguments in "trade_redis"/],
    ['shards of unknown name', { LOCATION => 'trade_orders stok orders;' },
        qr/no trade_redis "stok" before "trade_orders"/],
    ['a topic of unknown name', { LOCATION => 'trade_orders stock order;' },
        qr/no trade_kafka "order" before "trade_orders"/],
    ['stock of unknown name', { LOCATION => 'trade_stock stok orders;' },
        qr/no trade_redis "stok" before "trade_stock"/],
    ['a topic only', { LOCATION => 'trade_orders orders;' },
        qr/invalid number of arguments in "trade_orders"/],
    (map { ["shards named '" . substr($_, 0, 10) . "'",
        { BLOCKS => "trade_redis '$_' { $redis }" }, qr/trade_redis/] } '', 'a"b', 'a b', 'n' x 600),

    # locks
    ['a lock of nothing', { SERVER => 'trade_lock stock;' },
        qr/"trade_lock" directive needs a trade_redis and a key, or "off"/],
    ['a lock of unknown shards', { SERVER => 'trade_lock stok $uri;' },
        qr/no trade_redis "stok" before "trade_lock"/],
    ['a lock before its shards', { HTTP => 'trade_lock stock $uri;' },
        qr/no trade_redis "stock" before "trade_lock"/],
    ['a lock twice', { SERVER => 'trade_lock stock $uri; trade_lock off;' },
        qr/"trade_lock" directive is duplicate/],
    ['an empty key', { SERVER => 'trade_lock stock "";' }, qr/"trade_lock" directive has an empty key/],
    (map { ["the lock's $_", { SERVER => "trade_lock stock \$uri $_;" },
        qr/invalid parameter "\Q$_\E"/] } qw(wait=-1 wait=x wait= max=0 max=-1 max=x max= lock on x=1)),
    (map { ["the lock's ttl=$_", { SERVER => "trade_lock stock \$uri ttl=$_;" },
        qr/"trade_lock" directive needs a ttl of 100ms to 24h/] } qw(0 99ms 25h x), ''),
    ['an empty owner', { SERVER => 'trade_lock stock $uri owner=;' },
        qr/"trade_lock" directive has an empty key or owner/],
    (map { ["trade_lock_status $_", { SERVER => "trade_lock_status $_;" },
        qr/trade_lock_status|must be/, undef] } qw(399 600 x)),

    # tickets
    (map { my ($file, $says) = @$_;
        ["tickets with $file", { SERVER => "trade_ticket keys=$file;" }, $says] }
        ['none.keys', qr/open\(\) "\S+none\.keys" failed \(2: No such file/],
        ['logs', qr/read\(\) "\S+logs" failed \(21: Is a directory/],
        ['empty.keys', qr/"\S+empty\.keys" has no key; it needs one or two lines/],
        ['comment.keys', qr/"\S+comment\.keys" has no key; it needs/],
        ['short.keys', qr/line 2 of "\S+short\.keys" has a secret of fewer than 32 bytes/],
        ['bad.keys', qr/line 2 of "\S+bad\.keys" has a secret that is neither hex nor base64/],
        ['id.keys', qr/line 1 of "\S+id\.keys" has a key id that is not 1 to 64/],
        ['alone.keys', qr/line 1 of "\S+alone\.keys" has no secret/],
        ['more.keys', qr/line 1 of "\S+more\.keys" has more than a key id and a secret/],
        ['three.keys', qr/line 3 of "\S+three\.keys" has a third key/],
        ['same.keys', qr/line 2 of "\S+same\.keys" has the key id of the first key/],
        ['long.keys', qr/"\S+long\.keys" is longer than 4096 bytes, so it is no file of keys/]),
    ($> ? ['tickets with a file that may not be read', { SERVER => 'trade_ticket keys=/etc/shadow;' },
        qr/open\(\) "\/etc\/shadow" failed \(13: Permission denied/] : ()),
    ['tickets without a file', { SERVER => 'trade_ticket keys=;' },
        qr/"trade_ticket" directive needs a file of keys behind "keys="/],
    (map { ["tickets $_", { SERVER => "trade_ticket $_;" },
        qr/"trade_ticket" directive needs keys=file, or "off"/] } qw(on keys key=keys)),
    ['tickets twice', { SERVER => 'trade_ticket off; trade_ticket keys=keys;' },
        qr/"trade_ticket" directive is duplicate/],
    ['tickets with two files', { SERVER => 'trade_ticket keys=keys keys=keys;' },
        qr/invalid number of arguments in "trade_ticket"/],

    (map { my ($args, $says) = @$_;
        ["trade_ticket_issue $args", { SERVER => "location /t { trade_ticket_issue $args; }" }, $says] }
        ['keys=keys', qr/invalid number of arguments/],
        ['keys=none.keys ttl=1m', qr/open\(\) "\S+none\.keys" failed/],
        ['keys=keys keys=keys', qr/invalid parameter "keys=keys"/],
        ['ttl=1m ttl=1m', qr/invalid parameter "ttl=1m"/],
        ['keys=keys off', qr/invalid parameter "off"/],
        (map { ["keys=keys ttl=$_", qr/"trade_ticket_issue" directive needs a ttl of 1s to 12h/] }
            qw(0 43201s x), '')),
    ['trade_ticket_issue in the server', { SERVER => 'trade_ticket_issue keys=keys ttl=1m;' },
        qr/"trade_ticket_issue" directive is not allowed here/],
    ['trade_ticket_issue where orders are taken', { LOCATION => "$place trade_ticket_issue keys=keys ttl=1m;" },
        qr/stands in a location that has a handler already/],

    # one with one
    ['shards with two topics', { BLOCKS => "trade_kafka others { $kafka }",
        SERVER => "location /others { trade_orders stock others; }" },
        qr/trade_redis "stock" or trade_kafka "orders" goes with another one already/,
        $place],
    ['a topic with two sets of shards', { BLOCKS => "trade_redis more { $redis }",
        SERVER => "location /more { trade_stock more orders; }" },
        qr/goes with another one already/, $place],

    # shards
    ['no shards', { REDIS => '' }, qr/no servers in trade_redis "stock"/, '#end redis'],
    ['a shard that has no address', { REDIS => 'server;' }, qr/invalid number of arguments/],
    ['port 0', { REDIS => 'server 127.0.0.1:0 name=a;' }, qr/invalid port/],
    ['port 65536', { REDIS => 'server 127.0.0.1:65536 name=a;' }, qr/invalid port/],
    ['a range of ports', { REDIS => 'server 127.0.0.1:7001-7003 name=a;' }, qr/invalid port/],
    ['no host', { REDIS => 'server :7001 name=a;' }, qr/no host|invalid host/],
    ['a path behind the port', { REDIS => 'server 127.0.0.1:7001/1 name=a;' }, qr/invalid/],
    ['a URL', { REDIS => 'server redis://127.0.0.1:7001 name=a;' }, qr/invalid/],
    ['an IPv6 address that is none', { REDIS => 'server [::g]:7001 name=a;' }, qr/invalid/],
    ['a socket without a path', { REDIS => 'server unix: name=a;' }, qr/no path|invalid/],
    ['a host name that nobody knows', { REDIS => 'server redis.invalid:7001 name=a;' },
        qr/host not found in shard "a" of trade_redis "stock"/, '#redis'],
    ['a resolver of the server only', { SERVER => 'resolver 127.0.0.1;',
        REDIS => 'server redis.invalid:7001 name=a;' }, qr/host not found in shard "a"/, '#redis'],
    ['a shard twice', { REDIS => "$redis\nserver 127.0.0.1:7002 name=a;" },
        qr/duplicate shard "a"/],
    ['a shard twice, without a name', { REDIS => 'server 127.0.0.1; server 127.0.0.1;' },
        qr/duplicate shard "127.0.0.1"/],
    ['an included shard twice', { REDIS => 'include bad.conf;' },
        qr/duplicate shard "a" in \S+bad\.conf:2/, undef],
    ['an included file that is not there', { REDIS => 'include none.conf;' }, qr/none\.conf/],
    (map { ["the name '$_'", { REDIS => "server 127.0.0.1:7001 'name=$_';" },
        qr/invalid name of a shard/] } '', 'a b', 'a/b', "caf\xc3\xa9", '{a}', "n$name"),
    ['a long address without a name', { REDIS => "server unix:/tmp/$name;" },
        qr/invalid name of a shard .* \(set it with name=\)/],
    (map { ["weight=$_", { REDIS => "server 127.0.0.1:7001 name=a weight=$_;" },
        qr/invalid parameter "weight=\Q$_\E"/] } qw(0 -1 1001 1.5 x), ''),
    (map { ["the parameter $_", { REDIS => "server 127.0.0.1:7001 name=a $_;" },
        qr/invalid parameter "$_"/] } qw(down backup max_fails=1 b)),
    ['too many parameters', { REDIS => 'server 127.0.0.1:7001 name=a weight=1 weight=1;' },
        qr/invalid number of arguments/],
    ['a user without a password', { REDIS => "$redis user u;" },
        qr/"user" in trade_redis "stock" needs a "password_file"/, '#end redis'],
    ['a password file that is not there', { REDIS => "$redis password_file none;" },
        qr/none" failed \(2: No such file/],
    ['a password file that is empty', { REDIS => "$redis password_file empty;" },
        qr/no password of up to 1023 bytes in the first line of "\S+empty"/],
    ['a password file that is long', { REDIS => "$redis password_file long;" },
        qr/no password of up to 1023 bytes/],
    ['a password file that is a folder', { REDIS => "$redis password_file logs;" },
        qr/"\S+logs"/],
    ['a password twice', { REDIS => "$redis password_file password; password_file password;" },
        qr/"password_file" directive is duplicate/],
    (map { ["connections $_", { REDIS => "$redis connections $_;" },
        qr/"connections" in trade_redis "stock" must be 1 to 64/, '#end redis'] } 0, 65),
    ['connections x', { REDIS => "$redis connections x;" }, qr/invalid number/],
    (map { ["$_ 0", { REDIS => "$redis $_ 0;" }, qr/"$_"/, undef],
        ["$_ x", { REDIS => "$redis $_ x;" }, qr/"$_" directive invalid value/],
        ["$_ twice", { REDIS => "$redis $_ 2s; $_ 2s;" }, qr/"$_" directive is duplicate/],
    } qw(timeout connect_timeout)),
    (map { ["durability $_", { REDIS => "$redis durability $_;" },
        qr/"durability" directive needs a number of replicas/] } qw(x -1 101)),
    (map { ["durability 1 $_", { REDIS => "$redis durability 1 $_;" },
        qr/"durability" directive has an invalid time/] } qw(0 x)),
    ['durability twice', { REDIS => "$redis durability 1; durability 0;" },
        qr/"durability" directive is duplicate/],
    ['durability as long as the timeout', { REDIS => "$redis timeout 2s; durability 1 2s;" },
        qr/time of "durability" in trade_redis "stock" must be shorter than its "timeout"/,
        '#end redis'],
    ['a timeout as short as the time of durability',
        { REDIS => "$redis durability 1; timeout 500ms;" },
        qr/must be shorter than its "timeout"/, '#end redis'],

    # TLS
    ['TLS that trusts nobody', { REDIS => "$redis ssl on;" },
        qr/no "ssl_trusted_certificate" in trade_redis "stock" for "ssl_verify", which is on by default/,
        '#end redis'],
    (map { my ($file, $says) = @$_;
        ["trust in $file", { REDIS => "$redis ssl on; ssl_trusted_certificate $file;" },
        qr/"\S+\Q$file\E"\)? failed.*$says.*"ssl" in trade_redis "stock" can't be set up/s,
        '#end redis'] }
        ['none.crt', 'No such file'], ['ca.pem', 'no certificate'], ['own.key', 'no certificate']),
    ['a certificate without a key',
        { REDIS => "$redis ssl on; ssl_verify off; ssl_certificate own.crt;" },
        qr/no "ssl_certificate_key" in trade_redis "stock" for certificate "own\.crt"/, '#end redis'],
    ['a key without a certificate',
        { REDIS => "$redis ssl on; ssl_verify off; ssl_certificate_key own.key;" },
        qr/no "ssl_certificate" in trade_redis "stock" for key "own\.key"/, '#end redis'],
    (map { my ($certificate, $key, $says) = @$_;
        ["$certificate with $key", { REDIS => "$redis ssl on; ssl_verify off; "
            . "ssl_certificate $certificate; ssl_certificate_key $key;" },
        qr/$says.*"ssl" in trade_redis "stock" can't be set up/s, '#end redis'] }
        ['none.crt', 'own.key', 'none\.crt.*No such file'],
        ['own.crt', 'none.key', 'none\.key.*No such file'],
        ['ca.pem', 'own.key', 'cannot load certificate "\S+ca\.pem"'],
        ['own.crt', 'own.crt', 'cannot load certificate key "\S+own\.crt"'],
        ['own.crt', 'other.key', 'other\.key.*key values mismatch']),
    ['TLS on a socket without a name', { REDIS => 'server unix:/tmp/redis.sock; ssl on; '
        . 'ssl_trusted_certificate own.crt;' },
        qr/no "ssl_name" in trade_redis "stock" for "ssl_verify" of "unix:\S+redis\.sock"/,
        '#end redis'],
    (map { ["$_ alone", { REDIS => "$redis $_;" },
        qr/"ssl_\.\.\." directives in trade_redis "stock" need "ssl on"/, '#end redis'] }
        'ssl_verify off', 'ssl_trusted_certificate own.crt', 'ssl_name redis.test',
        'ssl_certificate own.crt', 'ssl_certificate_key own.key'),
    ['TLS, maybe', { REDIS => "$redis ssl maybe;" }, qr/it must be "on" or "off"/],
    ['TLS twice', { REDIS => "$redis ssl on; ssl on;" }, qr/"ssl" directive is duplicate/],

    # Kafka
    ['no brokers', { KAFKA => 'topic orders;' },
        qr/trade_kafka "orders" needs "brokers" and "topic"/, '#end kafka'],
    ['no topic', { KAFKA => 'brokers 127.0.0.1:9092;' },
        qr/trade_kafka "orders" needs "brokers" and "topic"/, '#end kafka'],
    ['an empty topic', { KAFKA => 'brokers 127.0.0.1:9092; topic "";' },
        qr/needs "brokers" and "topic"/, '#end kafka'],
    (map { ["the topic '" . substr($_, 0, 10) . "'",
        { KAFKA => "brokers 127.0.0.1:9092; topic '$_';" }, qr/topic/, undef] }
        'a b', 'a/b', 'or,ders', "caf\xc3\xa9", '.', '..', 't' x 250),
    ['brokers that are none', { KAFKA => 'brokers ","; topic orders;' }, qr/broker/, undef],
    ['a topic named twice', { KAFKA => "$kafka topic others;" }, qr/"topic" directive is duplicate/],
    ['an unknown key', { KAFKA => "$kafka key sku;" }, qr/invalid value "sku"/],
    ['an unknown property', { KAFKA => "$kafka property no.such x;" },
        qr/No such configuration property: "no\.such"/],
    ['a property without a value', { KAFKA => "$kafka property linger.ms;" },
        qr/invalid number of arguments in "property"/],
    ['a bad value of a property', { KAFKA => "$kafka property compression.codec zip;" },
        qr/Invalid value "zip" for configuration property "compression\.codec"/],
    ['a property that is a callback', { KAFKA => "$kafka property dr_msg_cb x;" },
        qr/must be set through dedicated/],
    (map { ["property $_", { KAFKA => "$kafka property $_ a:1;" },
        qr/"property" directive can't set the brokers: use "brokers"/] }
        qw(bootstrap.servers metadata.broker.list)),
    (map { ["property $_", { KAFKA => "$kafka property $_;" },
        qr/"property" directive can't change acks=all, idempotence/] }
        'acks 1', 'acks 0', 'request.required.acks 1', 'enable.idempotence false',
        'enable.idempotence 0', 'log.queue false', 'delivery.report.only.error true'),
    ['a transactional producer', { KAFKA => "$kafka property transactional.id t;" },
        qr/transactional\.id/, undef],
    (map { ["a producer with $_->[0]", { KAFKA => "$kafka property $_->[0];" },
        qr/in trade_kafka "orders": .*$_->[1]/, '#end kafka'] }
        ['max.in.flight 6', 'max\.in\.flight'],
        ['message.send.max.retries 0', 'retries'],
        ['queuing.strategy lifo', 'queuing\.strategy'],
        ['security.protocol ssl; property ssl.ca.location %%TESTDIR%%/ca.pem', 'ca\.location']),
    (map { ["property $_ 0", { KAFKA => "$kafka property $_ 0;" },
        qr/message\.timeout\.ms, .* must be bounded|"\Q$_\E" value 0 is outside/, undef] }
        qw(message.timeout.ms delivery.timeout.ms queue.buffering.max.messages)),

    # http
    ['a lease too short', { HTTP => 'trade_lease 6s;' },
        qr/"trade_lease" 6000ms must be longer than message\.timeout\.ms 4000 of trade_kafka "orders" and 2s/,
        '#kafka'],
    ['a message.timeout.ms too long', { KAFKA => "$kafka property message.timeout.ms 5000;" },
        qr/"trade_lease" 7000ms must be longer than message\.timeout\.ms 5000/, '#kafka'],
    ['the same by its other name', { KAFKA => "$kafka property delivery.timeout.ms 5000;" },
        qr/"trade_lease" 7000ms must be longer than message\.timeout\.ms 5000/, '#kafka'],
    ['a lease twice', { HTTP => 'trade_lease 8s; trade_lease 8s;' },
        qr/"trade_lease" directive is duplicate/],
    (map { ["orders kept for $_", { HTTP => "trade_order_keep $_;" },
        qr/"trade_order_keep" directive must be "off" or at least 24h/] } qw(86399s 0 on)),
    (map { ["limits kept for $_", { HTTP => "trade_limit_keep $_;" },
        qr/"trade_limit_keep" directive must be "off" or at least 24h/] } qw(86399s 0 on)),
    (map { ["payment within $_", { HTTP => "trade_payment_timeout $_;" },
        qr/"trade_payment_timeout" directive must be "off" or a time/] } qw(0 -1 soon)),
    ['payment timeout twice', { HTTP => 'trade_payment_timeout off; trade_payment_timeout 7d;' },
        qr/"trade_payment_timeout" directive is duplicate/],
    ['limits kept twice', { HTTP => 'trade_limit_keep off; trade_limit_keep 7d;' },
        qr/"trade_limit_keep" directive is duplicate/],
    ['orders kept twice', { HTTP => 'trade_order_keep off; trade_order_keep 7d;' },
        qr/"trade_order_keep" directive is duplicate/],
    (map { ["a backlog of $_", { HTTP => "trade_pending $_;" },
        qr/"trade_pending" directive needs max=number/] }
        qw(100 max= max=0 max=-1 max=x max=99999999999999999999 min=1)),
    ['a backlog twice', { HTTP => 'trade_pending max=1; trade_pending max=2;' },
        qr/"trade_pending" directive is duplicate/],

    # limits
    (map { ["$_->[0] $_->[1]", { LOCATION => "$place $_->[0] $_->[1];" }, qr/$_->[2]/] }
        ['trade_timeout', 'x', 'invalid value'],
        ['trade_timeout', '0', '"trade_timeout"'],
        ['trade_body_max', 'x', 'invalid value'],
        ['trade_body_max', '0', '"trade_body_max"'],
        ['trade_max_quantity', '0', 'must be between 1 and 1000000'],
        ['trade_max_quantity', '1000001', 'must be between 1 and 1000000'],
        ['trade_max_items', '0', 'must be between 1 and 1000'],
        ['trade_max_items', '1001', 'must be between 1 and 1000'],
        ['trade_key_required', 'yes', 'it must be "on" or "off"'],
        ['trade_buyer', '$', 'invalid variable name'],
        ['trade_problem_base', '""', '"trade_problem_base" directive must not be empty'],
        ['trade_problem_base', "'https://a.test/a b#'", 'must have characters of a URI only'],
        ['trade_problem_base', "'https://a.test/\"#'", 'must have characters of a URI only'],
        ['trade_problem_base', "'https://a.test/\x{fc}#'", 'must have characters of a URI only']),
    ['a body too large for Kafka', { HTTP => 'trade_body_max 999k;' },
        qr/"trade_body_max" 1022976 is too much for message\.max\.bytes 1000000 of trade_kafka "orders"/,
        '#kafka'],
    ['outage 0', { KAFKA => "$kafka outage 0;" }, qr/"outage" must be more than 0/, undef],
    ['records too small for a body', { KAFKA => "$kafka property message.max.bytes 33791;" },
        qr/"trade_body_max" 16384 is too much for message\.max\.bytes 33791/, '#kafka'],

    # places
    (map { ["$_->[0] in $_->[1]", { $_->[1] => "$_->[0];" },
        qr/"\Q@{[ $_->[0] =~ m{^(\S+)} ]}\E" directive is not allowed here/] }
        (map { ['trade_orders stock orders', $_] } qw(MAIN HTTP SERVER REDIS KAFKA)),
        (map { ['trade_stock stock orders', $_] } qw(HTTP SERVER)),
        (map { ['trade_status', $_] } qw(HTTP SERVER)),
        (map { ['trade_zone more:16m', $_] } qw(MAIN SERVER LOCATION REDIS)),
        (map { ['trade_lease 7s', $_] } qw(SERVER LOCATION)),
        (map { ['trade_pending max=1', $_] } qw(SERVER LOCATION)),
        (map { ['trade_order_keep off', $_] } qw(SERVER LOCATION)),
        (map { ['trade_timeout 1s', $_] } qw(MAIN REDIS KAFKA)),
        (map { [$_, 'KAFKA'] } 'server 127.0.0.1:7001', 'durability 1', 'timeout 1s', 'ssl on'),
        (map { [$_, 'REDIS'] } 'brokers a:1', 'topic t', 'property linger.ms 1'),
        (map { [$_, 'HTTP'] } 'brokers a:1', 'property linger.ms 1', 'durability 1',
            'timeout 1s', 'password_file password', 'ssl_name redis.test')),
    (map { ["$_->[0] in $_->[1]", { $_->[1] => "$_->[0] { }" },
        qr/"\Q@{[ $_->[0] =~ m{^(\S+)} ]}\E" directive is not allowed here/] }
        (map { ['trade_redis more', $_] } qw(MAIN SERVER LOCATION REDIS)),
        (map { ['trade_kafka more', $_] } qw(MAIN SERVER LOCATION KAFKA))),
    ['an unknown directive', { REDIS => "$redis database 1;" }, qr/unknown directive "database"/],
    (map { ["$_->[0] in a location by $_->[1]", { SERVER => "location $_->[1] { $_->[0]; }" },
        qr/"\w+" directive needs a location given by its prefix/] }
        (map { ['trade_orders stock orders', $_] } '~ ^/o', '~* ^/o', '@orders'),
        ['trade_stock stock orders', '~ ^/s'], ['trade_status', '@status']),
    (map { ["trade_orders in $_", { SERVER => "location /o { $_ { trade_orders stock orders; } }" },
        qr/"trade_orders" directive is not allowed here/] } 'if ($arg_a)', 'limit_except GET'),
    (map { ["$_ first", { LOCATION => "$_; $place" },
        qr/"trade_orders" directive stands in a location that has a handler already/] }
        'proxy_pass http://127.0.0.1:1', 'trade_stock stock orders', 'trade_status',
        'trade_orders stock orders', 'stub_status'),
    (map { ["$_ behind it", { LOCATION => "$place $_;" }, qr/handler|"trade_orders"/, undef] }
        'proxy_pass http://127.0.0.1:1', 'fastcgi_pass 127.0.0.1:1', 'stub_status'),
    ['a location before the blocks', { HTTP => 'server { listen 127.0.0.1:1; location / { '
        . 'trade_orders stock orders; } }' }, qr/no trade_redis "stock" before "trade_orders"/],
);

for (@pass) {
    my ($what, $conf) = @$_;
    my ($ok, $said) = checked($n, \%right, $conf);
    ok($ok, "passes: $what") or diag($said);
}

for (@fail) {
    my ($what, $conf, $match, @mark) = @$_;
    my ($ok, $said) = checked($n, \%right, $conf);
    my $error = join "\n", $said =~ /^(?:nginx|angie): \[emerg\] (.*)$/mg;
    my $mark = @mark ? $mark[0] : (grep { /\S/ } values %$conf)[0];
    my $line = defined $mark ? line_of($n, $mark) : '\d+';
    ok(!$ok && $error =~ $match && $error =~ / in \S+\.conf:$line\b/,
        "fails: $what") or diag("expected $match in line $line\n$said");
}

# Configurations that pass with a warning: the same as above.

my @warn = (
    (map { my ($one, $two) = @$_;
        ["shards at $one and $two", { REDIS => "server '$one' name=a; server '$two' name=b;" },
        qr/shard "a" of trade_redis "stock" \("\Q$one\E"\) and shard "b" of "stock" \("\Q$two\E"\) are at one address: .* in \S+:\d+/] }
        ['127.0.0.1:7001', '127.0.0.1:7001'], ['127.0.0.1', '127.0.0.1:6379'],
        ['[::1]:7001', '[0:0:0:0:0:0:0:1]:7001'], ['[::ffff:127.0.0.1]', '127.0.0.1'],
        ['unix:/tmp/r.sock', 'unix:/tmp/r.sock'],
        (gethostbyname('localhost') ? ['localhost:7001', '127.0.0.1:7001'] : ())),
    ['two names of one host', { HTTP => 'resolver 127.0.0.1;',
        REDIS => 'server Redis.invalid name=a; server redis.invalid.:6379 name=b;' },
        qr/"Redis\.invalid"\) and .*"redis\.invalid\.:6379"\) are at one address/],
    ['one address in two blocks', { BLOCKS => 'trade_redis more { server 127.0.0.1:7001 name=b; }' },
        qr/shard "a" of trade_redis "stock" \S+ and shard "b" of "more" \S+ are at one address/],
    ['keys that all may read', { SERVER => 'trade_ticket keys=open.keys;' },
        qr/"\S+open\.keys" is open to all users of this machine, .* as in chmod 600 in \S+:\d+/],
    (map { my ($location, $directive, $better) = @$_;
        ["$directive in location $location",
        { SERVER => "location $location { $directive stock orders; }" },
        qr/"$directive" stands in "location $location", .*: use "location $better" in \S+:\d+/] }
        ['= /a', 'trade_orders', '/a'], ['= /a', 'trade_stock', '/a'],
        ['/a/', 'trade_orders', '/a'], ['/a/b/', 'trade_stock', '/a/b']),
);

for (@warn) {
    my ($what, $conf, $match) = @$_;
    my ($ok, $said) = checked($n, \%right, $conf);
    my @warnings = grep { /\[warn\]/ } split /\n/, $said;
    ok($ok && @warnings == 1 && $warnings[0] =~ $match, "warns once: $what") or diag($said);
}

for (
    ['shards at two addresses', { REDIS => 'server 127.0.0.1 name=a; server 127.0.0.2 name=b; '
        . 'server 127.0.0.1:7001 name=c; server [::1] name=d; server unix:/tmp/r name=e;' }],
    ['shards of two names', { HTTP => 'resolver 127.0.0.1;',
        REDIS => 'server a.invalid name=a; server b.invalid name=b; server a.invalid:1 name=c;' }],
    ['one shard in two blocks', { BLOCKS => 'trade_redis more { server 127.0.0.1:7001 name=a; }' }],
    ['keys that only the owner may read', { SERVER => 'trade_ticket keys=keys;' }],
    ['other locations', { SERVER => 'location / { trade_orders stock orders; } '
        . 'location ^~ /a { trade_stock stock orders; } location = /b { trade_status; }' }],
) {
    my ($ok, $said) = checked($n, \%right, $_->[1]);
    ok($ok && $said !~ /\[warn\]/, "does not warn: $_->[0]") or diag($said);
}

my %more = (SERVER => 'location /more { trade_orders more others; }',
    BLOCKS => 'trade_redis more { server [::ffff:127.0.0.1]:7001 name=a; } '
        . 'trade_kafka others { brokers 127.0.0.1:9092; topic others; }');
my $shared = qr/\[warn\] .*"stock" and "more" share server "127\.0\.0\.1:7001", but not the topic/;
like((checked($n, \%right, \%more))[1], $shared, 'warns of a server with two topics');
s/others; }$/orders; }/ for values %more;
unlike((checked($n, \%right, \%more))[1], qr/\[warn\]/, 'nginx -t does not warn of a server with one topic');

my ($ok, $said) = checked($n, \%right, { ZONE => 'trade_zone main:2m;',
    BLOCKS => join ' ', map { "trade_redis more$_ { $redis }" } 1 .. 80 });
ok(!$ok && $said =~ /no memory in trade_zone "main"$/m, 'fails: a zone too small for all')
    or diag($said);

$t->done;

# nginx -t of the configuration with some of its places filled in another way.
# Its [emerg] is what is asked for, and no news to $t->done.
sub checked {
    my ($nginx, $right, $places) = @_;
    $nginx->{vars} = { %{ $nginx->{vars} }, %$right, %$places };
    $nginx->configure($nginx->{conf});
    my ($ok, $said) = $nginx->check;
    unlink "$nginx->{dir}/error.log";
    return ($ok, $said);
}

# The number of the line where a text, or the last line of it, stands.
sub line_of {
    my ($nginx, $text) = @_;
    my $last = (split /\n/, $text)[-1];
    my @lines = split /\n/, slurp("$nginx->{dir}/nginx.conf");
    my ($at) = grep { index($lines[$_], $last) >= 0 } 0 .. $#lines;
    return $at + 1;
}
