# Orders are placed over TLS, with servers that prove their identity and no
# others.  A bad certificate, or a handshake that hangs, closes that shard
# alone, and a connection that breaks tells commands that may have run from
# those that can't have.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use Test::More;
use Time::HiRes qw(time);
use Trade;
use Trade::Load qw(load order);
use Trade::Process qw(free_port freeze slurp spew wait_for);
use Trade::Proxy;

my $t = Trade->new;
my $dir = $t->dir;
my $kafka = $t->kafka;

sub openssl {
    system("cd $dir && openssl @_ >> openssl.log 2>&1") == 0
        or die "openssl @_:\n" . slurp("$dir/openssl.log");
}

my $key = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';
my $by_ca = '-CA ca.pem -CAkey ca.key';

# certificate(its name, what it is good for, who vouches for it)
sub certificate {
    my ($name, $for, $by) = @_;
    openssl("req -x509 $key -days 2 -subj /CN=$name -keyout $name.key -out $name.pem",
        defined $for ? "-addext subjectAltName=$for" : '', $by // '');
}
certificate($_) for qw(ca other);
certificate('right', 'DNS:shard.test,IP:127.0.0.1', $by_ca);
certificate('elsewhere', 'DNS:elsewhere.test,IP:127.0.0.9', $by_ca);
certificate('itself', 'IP:127.0.0.1');
certificate('client', undef, $by_ca);
openssl("req -new $key -subj /CN=shard.test -keyout expired.key -out expired.csr");
# valid to the end of this second; no older one is made by OpenSSL 3.5
openssl("x509 -req -days 0 -in expired.csr $by_ca -out expired.pem");
wait_for(sub { system("openssl x509 -checkend 0 -noout -in $dir/expired.pem > /dev/null") }, 5, 0.1)
    or die "the certificate does not expire\n";

my %tls;        # address of a server's TLS port

# A server by its name, with its certificate and what else it is told.
sub tls {
    my ($name, $certificate, @more) = @_;
    my $port = free_port();
    $tls{$name} = "127.0.0.1:$port";
    return ($name, args => ['--tls-port', $port, '--tls-auth-clients', 'no',
        '--tls-ca-cert-file', "$dir/ca.pem", '--tls-cert-file', "$dir/$certificate.pem",
        '--tls-key-file', "$dir/$certificate.key", @more]);
}
my $a = $t->redis(tls('a', 'right'));
$t->redis(tls('c', 'right', qw(--tls-auth-clients yes --tls-protocols TLSv1.2)));
my %other = map { $_ => $t->redis(tls($_, $_)) } qw(elsewhere itself expired);

my $proxy = Trade::Proxy->new(to => $tls{a});
my $stalled = Trade::Proxy->new(to => $tls{a});
$stalled->stall;

# Blocks that do not come up: the block's name and its terms, and the log line.

my $on = "ssl on; ssl_trusted_certificate $dir/ca.pem;";
my $not_trusted = "has an SSL certificate that can't be trusted:";
my @refused = (
    ['another_ca', "server $tls{a} name=a; ssl on; ssl_trusted_certificate $dir/other.pem;",
        qr/$not_trusted (?:self-signed certificate in certificate chain|unable to get local)/],
    ['itself', "server $tls{itself} name=a; $on", qr/$not_trusted self-signed certificate/],
    ['expired', "server $tls{expired} name=a; ssl_name shard.test; $on",
        qr/$not_trusted certificate has expired/],
    ['another_name', "server $tls{a} name=a; ssl_name other.test; $on",
        qr/has an SSL certificate that does not match other\.test/],
    ['another_address', "server $tls{elsewhere} name=a; $on",
        qr/has an SSL certificate that does not match 127\.0\.0\.1/],
    ['plain_port', 'server ' . $a->address . " name=a; $on connect_timeout 300ms;",
        qr/(?:does not finish|fails) the SSL handshake/],
    ['tls_port', "server $tls{a} name=a;", qr/does not speak Redis's protocol|has closed the connection/],
    ['no_client', "server $tls{c} name=a; $on", qr/fails the SSL handshake/],
    ['another_client', "server $tls{c} name=a; $on ssl_certificate $dir/other.pem; "
        . "ssl_certificate_key $dir/other.key;", qr/fails the SSL handshake/],
);

my $n = $t->nginx(<<'EOF', DIR => $dir, A => $tls{a}, C => $tls{c}, PROXY => $proxy->address,
%%GLOBALS%%
worker_processes 1;
events { worker_connections 2048; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_lease 5m;             # each order is published by its worker
    trade_timeout 2m;
    client_header_timeout 5m;

    trade_redis stock {
        server %%A%% name=a;
        ssl on;
        ssl_trusted_certificate %%DIR%%/ca.pem;
        timeout 1m;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; property message.timeout.ms 120000; }

    # the same shard, through a proxy
    trade_redis proxy {
        server %%PROXY%% name=a;
        ssl on;
        ssl_trusted_certificate %%DIR%%/ca.pem;
        ssl_name shard.test;
        timeout 15s;
    }
    trade_kafka two { brokers %%KAFKA%%; topic %%TOPIC%%; property message.timeout.ms 120000; }

    # and with more time for it
    trade_redis patient {
        server %%PROXY%% name=a;
        ssl on;
        ssl_trusted_certificate %%DIR%%/ca.pem;
        ssl_name shard.test;
        timeout 2m;
    }
    trade_kafka three { brokers %%KAFKA%%; topic %%TOPIC%%; property message.timeout.ms 120000; }

    # and through one that lets nothing pass
    trade_redis held {
        server %%HELD%% name=a;
        ssl on;
        ssl_trusted_certificate %%DIR%%/ca.pem;
        connect_timeout 8s;
    }
    trade_kafka four { brokers %%KAFKA%%; topic %%TOPIC%%; }

    # TLS 1.2, and we prove who we are
    trade_redis client {
        server %%C%% name=a;
        ssl on;
        ssl_trusted_certificate %%DIR%%/ca.pem;
        ssl_certificate %%DIR%%/client.pem;
        ssl_certificate_key %%DIR%%/client.key;
    }
    trade_kafka five { brokers %%KAFKA%%; topic %%TOPIC%%; }

    # no questions asked
    trade_redis anyone {
        server %%ITSELF%% name=a;
        ssl on;
        ssl_verify off;
    }
    trade_kafka six { brokers %%KAFKA%%; topic %%TOPIC%%; }

    %%REFUSED%%

    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /proxy/orders { trade_orders proxy two; }
        location /patient/orders { trade_orders patient three; }
        location /held/orders { trade_orders held four; }
        location /client/orders { trade_orders client five; }
        location /client/stock { trade_stock client five; }
        location /anyone/orders { trade_orders anyone six; }
        location /anyone/stock { trade_stock anyone six; }
        %%LOCATIONS%%
        location /trade { trade_status; }
    }
}
EOF
    HELD => $stalled->address, ITSELF => $tls{itself}, KAFKA => $kafka->address,
    REFUSED => join("\n    ", map { "trade_redis $_->[0] { $_->[1] }\n    "
        . "trade_kafka $_->[0] { brokers 127.0.0.1:1; topic nowhere; }" } @refused),
    LOCATIONS => join("\n        ", map {
        "location /$_->[0]/orders { trade_orders $_->[0] $_->[0]; }" } @refused));

my @up = qw(stock proxy patient client anyone);
$n->start(up => scalar @up);

sub answer {
    my ($r) = @_;
    my ($type) = ($r->{json}{type} // '') =~ /([\w-]+)$/;
    return join ' ', $r->{status}, $type // (), $r->{json}{outcome} // ();
}
my $down = '503 shard-down none';

sub place {
    my ($where, $sku, $buyer, %more) = @_;
    return $n->request('POST', "$where/orders", { 'Idempotency-Key' => "k-$buyer" },
        { buyer_id => $buyer, items => [{ sku => $sku, quantity => 1 }], %more });
}

sub state_of {
    my ($redis) = @_;
    my ($shard) = grep { $_->{redis} eq $redis } @{ $n->status->{shards} };
    return $shard->{state};
}

sub wait_state {
    my ($redis, $state, $name) = @_;
    ok(wait_for(sub { state_of($redis) eq $state }, 20), $name);
}

sub says {
    my ($redis, $what, $name) = @_;
    ok(wait_for(sub { $n->error_log =~ /redis "$redis": shard "a" \(\S+\) $what/ }, 12), $name)
        or diag(map { "$_\n" } grep { /"$redis"|SSL/ } split /\n/, $n->error_log);
}

sub slot_key { return sprintf 'trade:{s%d}:%s', crc32($_[0]) % 4096, $_[1] }
sub bought { my ($sku) = @_; return @{ $a->cmd('HKEYS', slot_key($sku, "bought:$sku")) } }

# a handshake that hangs

my $longest = 0;
my $given_up = wait_for(sub {
    my $begun = time;
    $n->get('/v1/stock/S-1');
    $longest = time - $begun if time - $begun > $longest;
    return $n->error_log =~ /"held": shard "a" \S+ does not finish the SSL handshake; .* \(110: /;
}, 5);
ok($given_up, 'a handshake that hangs is given up');
cmp_ok($longest, '<', 6, 'a handshake that hangs holds up no other request');
is(answer(place('/held', 'S-1', 'u-0')), $down, 'the shard of a handshake that hangs is down');

is(answer($n->put_stock($_, total => 100000)), '200', "stock of $_ is set over TLS")
    for qw(S-1 S-2);
my $r = place('/v1', 'S-1', 'u-1', metadata => { gift => 1 });
is(answer($r), '201', 'an order is placed over TLS');
is($n->get($r->{headers}{location})->{json}{metadata}{gift}, 1, 'the order is shown over TLS');
is(place('/v1', 'S-1', 'u-1', metadata => { gift => 1 })->{headers}{'idempotent-replayed'}, 'true',
    'the order is replayed over TLS');
is(answer(place('/proxy', 'S-1', 'u-2')), '201', 'the server is known by its name too');
$stalled->pass;
wait_state('held', 'up', 'a handshake that hangs no more is finished');
is(answer(place('/held', 'S-1', 'u-0')), '201', 'orders are placed after the handshake');

# other servers

for (@refused) {
    my ($name, undef, $says) = @$_;
    says($name, $says, "$name: the log says why it is refused");
    is(state_of($name), 'down', "$name: the shard is down");
    is(answer(place("/$name", 'S-1', 'u-0')), $down, "$name: no order is placed");
}
unlike($other{$_}->cmd('INFO', 'commandstats'), qr/cmdstat_(?:eval|auth)/,
    "$_: no command was sent to the server") for qw(elsewhere expired);

for my $where (qw(client anyone)) {
    $n->request('PUT', "/$where/stock/S-1", undef, { total => 10 });
    is(answer(place("/$where", 'S-1', 'u-1')), '201', "$where: an order is placed");
}

# asked for a certificate after the handshake, as TLS 1.3 does

$a->cmd(qw(CONFIG SET tls-auth-clients yes));
$a->cmd(qw(CLIENT KILL TYPE normal));
wait_state('stock', 'down', 'a server that asks for a certificate is left');
ok(wait_for(sub { $n->error_log =~ /SSL_read\(\) failed .*alert certificate required/ }, 5),
    'the log says that the server requires a certificate');
$a->cmd(qw(CONFIG SET tls-auth-clients no));
wait_state($_, 'up', "$_: the server sells when it requires none") for qw(stock proxy held);

# more than fits into a record

my $metadata = { text => 'm' x 6000 };
my @r = load($n, 100, map { order(['S-1' => 1], "l-$_", "l-$_", metadata => $metadata) } 1 .. 400);
is(scalar(grep { $_->{status} == 201 } @r), 400, 'many large orders are placed at once');
is(scalar(grep { /^l-/ } bought('S-1')), 400, 'each large order is placed once');
is_deeply($n->get($r[399]{headers}{location})->{json}{metadata}, $metadata,
    'large orders are stored as they were sent');
is(scalar(grep { ($_->{value}{buyer_id} // '') =~ /^l-/ } $kafka->orders($t->topic)), 400,
    'all large orders are in Kafka');

# Until this block's connection is another one.
sub connected_anew {
    my ($redis, $why) = @_;
    my $up = qr/"$redis".* is up/;
    my $lines = () = $n->error_log =~ /$up/g;
    $why->();
    $n->wait_log($up, $lines + 1);
}

# Connections by which shard a has been asked for anything, but our own.
sub asking {
    return scalar grep { !/ cmd=(?:NULL|client)/ } split /\n/, $a->cmd('CLIENT', 'LIST');
}

# How many of these connections the worker has accepted: the kernel gives a
# connection an inode then.
sub accepted {
    my (@connections) = @_;
    my %mine = map { (sprintf '%04X', $_->sockport) => 1 } @connections;
    my $port = sprintf '%04X', $n->port;
    return scalar grep {
        my (undef, $local, $remote, @more) = split ' ';
        $local =~ /:$port$/ && $mine{ substr $remote, -4 } && $more[6];
    } split /\n/, slurp('/proc/net/tcp');
}

# Orders of a SKU under way, a hundred at a time or all in one round of the event
# loop, on a connection that is new: the kernel has no room for as many yet.
sub crowd {
    my ($redis, $sku, $orders, $way, $at_once) = @_;
    wait_state($redis, 'up', "$redis: the shard is up before the orders come");
    connected_anew($redis, sub { $proxy->cut });
    $proxy->stall($way) unless $at_once;

    my ($worker) = $n->workers;
    my @crowd = map { $n->connect } 1 .. $orders;
    ok(wait_for(sub { accepted(@crowd) == $orders }), 'the buyers are there');
    freeze($worker) if $at_once;
    my $text = 'm' x 14000;
    my $i = 0;
    for my $s (@crowd) {
        $i++;
        my $body = qq({"buyer_id":"$sku-$i","items":[{"sku":"$sku","quantity":1}],)
            . qq("metadata":{"text":"$text"}});
        print $s join "\r\n", "POST /$redis/orders HTTP/1.0", 'Content-Type: application/json',
            'Content-Length: ' . length $body, '', $body;
        wait_for(sub { $n->status->{in_flight} == $i }) unless $at_once || $i % 100;
    }
    $proxy->stall($way);        # stalled earlier, the connection could be given up by now
    kill 'CONT', $worker;
    ok(wait_for(sub { $n->status->{in_flight} == $orders }), "$orders orders are under way");
    return @crowd;
}

# Their answers, by buyer: the status, or the outcome of what is no order.
sub answers {
    my ($sku, @crowd) = @_;
    my $i = 0;
    return map {
        my $s = $_;
        my $text = do { local $/; <$s> // '' };
        my ($status) = $text =~ m{^HTTP/1\.1 (\d+)};
        my ($outcome) = $text =~ /"outcome":"(\w+)"/;
        ("$sku-" . ++$i => $outcome // $status // 'none at all');
    } @crowd;
}

# held for a while: bytes that wait to be written are moved meanwhile

$n->put_stock('H-1', total => 1000);
my @crowd = crowd('patient', 'H-1', 400, 'request');
$proxy->pass;
my %told = answers('H-1', @crowd);
is(scalar(grep { $_ eq '201' } values %told), 400, 'the orders are placed when there is room again');
unlike($n->error_log, qr/bad write retry/, 'the orders are placed on the same connection');

# broken with what was written still on its way, which arrives later

$n->put_stock('C-1', total => 1000);
my $resent = $n->status->{resent};
@crowd = crowd('proxy', 'C-1', 400, 'request', 'at once');
says('proxy', qr/does not answer/, 'a connection that is stuck is closed');
my $asking = asking();
$proxy->stall('reply');              # which would be answered by a reset
$proxy->pass('request');
ok(wait_for(sub { asking() < $asking && bought('C-1') > 10 }),
    'all that was written arrives and is run');
connected_anew('proxy', sub { $proxy->pass });
%told = answers('C-1', @crowd);
my %bought = map { $_ => 1 } bought('C-1');
my @none = grep { $told{$_} eq 'none' } keys %told;
my @placed = grep { $told{$_} =~ /^20[12]$/ } keys %told;
cmp_ok(scalar @none, '>', 10, 'orders that were not written are refused');
cmp_ok(scalar @placed, '>', 10, 'orders that were written are placed');
is(@none + @placed, 400, 'no order has another answer');
cmp_ok($n->status->{resent} - $resent, '>=', @placed, 'orders whose replies were cut off are sent once more');
is(join(' ', grep { $bought{$_} } @none), '', 'no order that was refused has run');
is(join(' ', grep { !$bought{$_} } @placed), '', 'all orders that were placed have run');
is($n->stock('C-1')->{sold}, scalar @placed, 'once');

# cut before the reply, and before the end of a handshake

@crowd = crowd('proxy', 'S-2', 1, 'reply');
ok(wait_for(sub { scalar bought('S-2') }), 'an order is made');
$proxy->cut;
$proxy->pass;
is_deeply({ answers('S-2', @crowd) }, { 'S-2-1' => '201' }, 'an order that is cut off is sent again');
is($n->stock('S-2')->{sold}, 1, 'an order that is cut off is sold once');

my $cuts = $proxy->cuts;
$proxy->cut_at(request => qr/shard\.test/);
$proxy->cut;
ok(wait_for(sub { $proxy->cuts == $cuts + 1 }, 5), 'the server is asked for by its name');
wait_state('proxy', 'up', 'a server that is known by its name is connected to again');
is(answer(place('/proxy', 'S-2', 'u-2')), '201', 'a server that is known by its name sells again');

# a reload

my ($old) = $n->workers;
my $ups = $n->ups;
$n->signal('HUP');
ok(wait_for(sub { !kill 0, $old }, 20), 'with a reload');
$n->wait_ups($ups + @up + 1);
is(answer(place($_, 'S-1', 'u-3')), '201', "$_ sells") for qw(/v1 /proxy /client);

# tradectl

my $slot = crc32('S-2') % 4096;

sub tradectl {
    my ($address, $args) = @_;
    spew("$dir/shards.conf", "server $address name=a;\n");
    my $said = qx($ENV{TRADE_OUT}/tradectl -c $dir/shards.conf $args open $slot 2>&1);
    return ($? >> 8) . " $said";
}

$a->cmd('DEL', slot_key('S-2', 'slot'));
is(answer($n->get('/v1/stock/S-2')), '503 slot-closed none', 'a slot that is lost is closed');
for (
    ['another CA', $tls{a}, "-t $dir/other.pem", qr/TLS: (?:self-signed|unable to get local)/],
    ['no CA', $tls{a}, "-t $dir/none.pem", qr/TLS: /],
    ['another name', $tls{a}, "-t $dir/ca.pem -n other.test", qr/TLS: hostname mismatch/],
    ['another address', $tls{elsewhere}, "-t $dir/ca.pem", qr/TLS: IP address mismatch/],
    ['an expired one', $tls{expired}, "-t $dir/ca.pem -n shard.test",
        qr/TLS: certificate has expired/],
    ['a TLS port', $tls{a}, '', qr/\w/],
    ['no certificate of its own', $tls{c}, "-t $dir/ca.pem", qr/TLS: .*handshake failure/],
) {
    my ($name, $address, $args, $text) = @$_;
    like(tradectl($address, $args), qr/^1 tradectl: shard a \(\Q$address\E\): $text/,
        "tradectl, $name: refused");
}
is(answer($n->get('/v1/stock/S-2')), '503 slot-closed none', 'the slot stays closed until tradectl has TLS');
like(tradectl($tls{a}, "-t $dir/ca.pem"), qr/^0 .*OPENED/, 'tradectl opens it over TLS');
is(answer($n->put_stock('S-2', total => 10)), '200', 'stock is set in the slot that was opened over TLS');
like(tradectl($tls{a}, "-t $dir/ca.pem -n shard.test"), qr/^0 .*is not closed/,
    'the server is known by its name too');
spew("$dir/both.pem", slurp("$dir/client.pem") . slurp("$dir/client.key"));
like(tradectl($tls{c}, "-t $dir/ca.pem -k $dir/both.pem"), qr/^0 .*is not closed/,
    'tradectl shows its certificate');

$t->done;
