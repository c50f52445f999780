# tradectl's command line, and the file of the shards: tradectl reads it as nginx
# does.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Trade;
use Trade::Process qw(free_port slurp spew);

my $t = Trade->new;
my $dir = $t->dir;

# Exit code, standard output, standard error.
sub tradectl {
    my (@args) = @_;
    my $p = Trade::Process->new(log => "$dir/err", command => ['sh', '-c',
        'exec "$@" > "$0"', "$dir/out", "$ENV{TRADE_OUT}/tradectl", @args]);
    $p->wait_end(30);
    my ($out, $err) = map { slurp("$dir/$_") } qw(out err);
    unlink "$dir/out", "$dir/err";
    return ($p->{status} >> 8, $out, $err);
}

# The command line

for (['--help'], ['-h'], ['help'], ['help', 'open'], ['open', '--help'],
    ['reconcile', '--help'], ['reconcile', '-b', 'b', '-h']) {
    my ($code, $out, $err) = tradectl(@$_);
    ok($code == 0 && $out =~ /^usage: tradectl .*  reconcile /s && $err eq '',
        "tradectl @$_ prints its usage on standard output");
}

my ($version) = slurp("$Trade::root/CHANGES") =~ /^Changes with the trade gateway (\S+)/;
for (['--version'], ['version'], ['open', '--version']) {
    my ($code, $out, $err) = tradectl(@$_);
    ok($code == 0 && $out eq "tradectl $version\n" && $err eq '',
        "tradectl @$_ prints the version of CHANGES");
}

my @to = qw(reconcile -b b -T t);
for (
    ['', qr/"open" or "reconcile" expected/],
    ['close 1', qr/"close" is no command/],
    ['-x open 1', qr/there is no option -x/],
    ['--clown open 1', qr/there is no option --clown/],
    ['-c', qr/-c needs a value/],
    ['-k client.pem open 1', qr/-k needs -t ca\.pem/],
    ['-n name open 1', qr/-n needs -t ca\.pem/],
    ['open', qr/"open" needs one slot, and has 0/],
    ['open 1 2', qr/"open" needs one slot, and has 2/],
    ['open -q', qr/"open" has no option -q/],
    ['open 4096', qr/"4096" is no slot: 0 to 4095/],
    ['reconcile', qr/"reconcile" needs the brokers \(-b\)/],
    ['reconcile -b b 1', qr/"reconcile" needs a topic \(-T\)/],
    ["@to", qr/"reconcile" needs slots, a shard, or "all"/],
    ["@to -y 1", qr/there is no option -y/],
    ["@to --compere 1", qr/there is no option --compere/],
    ["@to -w", qr/-w needs a value/],
    ["@to -w x 1", qr/-w x: seconds expected/],
    ["@to -K 1 1", qr/-K 1: seconds expected, at least 86400, or "off"/],
    ["@to -P 0 1", qr/-P 0: seconds expected, or "off"/],
) {
    my ($args, $says) = @$_;
    my ($code, $out, $err) = tradectl(split ' ', $args);
    ok($code == 2 && $out eq '' && $err =~ /^tradectl: $says.*\n\z/,
        "tradectl $args names the mistake in one line") or diag("$code $out $err");
}

# The file.  nginx -t and tradectl take and refuse the same, and name one line.

my $n = $t->nginx(<<'EOF', FILE => "$dir/shards.conf");
%%GLOBALS%%
worker_processes 1;
events {}
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock {
        include %%FILE%%;
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        location /trade { trade_status; }
        location / { trade_lock stock $uri; }
    }
}
EOF

my ($p1, $p2) = (free_port(), free_port());
my $long = 'n' x 64;
my @files = (
    # name, 1: taken, text
    ['one server', 1, "server 127.0.0.1:$p1;"],
    ['two in a line', 1, "server 127.0.0.1:$p1 name=a; server 127.0.0.1:$p2 name=b;"],
    ['two without a blank', 1, "server 127.0.0.1:$p1 name=a;server 127.0.0.1:$p2 name=b;"],
    ['one in many lines', 1, "server\n127.0.0.1:$p1\r\n\tname=a # one\n weight=2\n;"],
    ['double quotes', 1, qq("server" "127.0.0.1:$p1" "name=a";)],
    ['single quotes', 1, "'server' '127.0.0.1:$p1' 'name=a';"],
    ['escapes', 1, q(server "unix:/none/\"\'\\\\\t\x.sock" name=a;)],
    ['an escaped quote', 0, qq(server 127.0.0.1:$p1 "name=\\"";)],
    ['an escaped blank stays in its word', 0, "server 127.0.0.1:$p1 name=a\\ b;"],
    ['an escaped semicolon stays in its word', 0, "server 127.0.0.1:$p1 name=a\\;;"],
    ['a semicolon in quotes', 0, "server 127.0.0.1:$p1 'name=a;';"],
    ['comments', 1, "# server x;\nserver 127.0.0.1:$p1; # } { \" '\n#"],
    ['# within a word', 0, "server 127.0.0.1:$p1 name=a#b;"],
    ['IPv6', 1, "server [::1]:$p1; server [::1]; server [0:0:0:0:0:0:0:1]:$p2 name=c;"],
    ['a socket', 1, 'server unix:/nonexistent/s;'],
    ['a socket in capitals', 1, 'server UNIX:/nonexistent/s;'],
    ['no port', 1, 'server 127.0.0.1;'],
    ['zeros before a weight', 1, "server 127.0.0.1:$p1 weight=007;"],
    ['the last name counts', 1, "server 127.0.0.1:$p1 name=a name=b; server 127.0.0.1:$p2 name=a;"],
    ['a name of 64 characters', 1, "server 127.0.0.1:$p1 name=$long;"],
    ['other directives', 1, "timeout 2s; connections 2; server 127.0.0.1:$p1; durability 1;"],
    ['an empty file', 0, ''],
    ['no end', 0, "server 127.0.0.1:$p1"],
    ['no end of a quote', 0, qq(server "127.0.0.1:$p1;\n)],
    ['a semicolon alone', 0, "server 127.0.0.1:$p1;;"],
    ['a brace', 0, "server 127.0.0.1:$p1;\n}\n"],
    ['a block', 0, "server 127.0.0.1:$p1 { }"],
    ['a word behind a quote', 0, qq(server "127.0.0.1:$p1"name=a;)],
    ['no address', 0, "\nserver;"],
    ['an empty address', 0, 'server "";'],
    ['too many parameters', 0, "server 127.0.0.1:$p1 name=a weight=1 weight=1;"],
    ['too many words', 0, "server 127.0.0.1:$p1 " . 'weight=1 ' x 8 . ';'],
    ['a parameter of another kind', 0, "server 127.0.0.1:$p1\nmax_fails=1\n;\n"],
    ['a directive of another kind', 0, "server 127.0.0.1:$p1;\n\nlisten 80;"],
    ['an empty name', 0, "server 127.0.0.1:$p1 name=;"],
    ['a name of 65 characters', 0, "server 127.0.0.1:$p1 name=n$long;"],
    ['a name twice', 0, "server 127.0.0.1:$p1 name=a;\nserver 127.0.0.1:$p2 name=a;"],
    (map { ["weight=$_", 0, "server 127.0.0.1:$p1 weight=$_;"] } '', 0, '00', -1, 1001, '1x'),
    (map { ["the address $_", 0, "server $_ name=a;"] } '127.0.0.1:0', '127.0.0.1:65536',
        '127.0.0.1:x', '127.0.0.1:', '127.0.0.1:7001/1', ':7001', '[::1', '[::g]:7001', '[]:7001',
        '[::1]x', 'unix:'),
);

for (@files) {
    my ($name, $taken, $text) = @$_;
    spew("$dir/shards.conf", $text);
    my ($ok, $said) = $n->check;
    unlink "$n->{dir}/error.log";
    my ($code, $out, $err) = tradectl('-c', "$dir/shards.conf", qw(open 1));
    my $refused = $err =~ /^tradectl: \S+\.conf:/;
    ok($taken ? $ok && !$refused : !$ok && $refused && $code == 1 && $err =~ /^.*\n\z/,
        "nginx and tradectl " . ($taken ? 'take' : 'refuse') . ": $name")
        or diag("$said$err");
    my ($line) = $said =~ /\[emerg\] .* in \S+shards\.conf:(\d+)/;
    like($err, qr/shards\.conf:$line:/, '... in the same line') if defined $line;
}

# The ring of both is the same: nginx gives the shards their identities, and
# tradectl compares them.

my @up = map { $t->redis($_, args => ['--bind', '127.0.0.1', '-::1', '--unixsocketperm', 777, '--unixsocket',
    qq($dir/$_ "1".sock)]) } 'a' .. 'e';
my ($a, $b, $c, $d, $e) = map { $_->{port} } @up;
my $six = slurp('/proc/net/if_inet6') =~ /^0{31}1/m ? '[::1]' : '127.0.0.1';
spew("$dir/shards.conf", <<"EOF");
# five shards
server 127.0.0.1:$a name=a weight=2; server "127.0.0.1:$b" 'name=b'; 'server'
    $six:$c    # no end yet
    name=c;server localhost:$d weight=03 "name=d"; # d
    server "unix:$dir/e \\"1\\".sock" name=e;
EOF
$n->start(up => 4);      # it does not look for a name with a blank in it
$n->wait_log(qr{shard "e" \(unix:.*\) is up});

my %shard;
for my $slot (map { $_ * 64 } 0 .. 63) {
    my ($code, $out, $err) = tradectl('-c', "$dir/shards.conf", 'open', $slot);
    $shard{$1}++ if $code == 0 && $out =~ /^slot $slot of shard (\w+) is not closed$/m;
    diag($err) if $err;
}
is(join(' ', sort keys %shard), 'a b c d e', 'tradectl finds each shard of the file');
my $found = 0;
$found += $_ for values %shard;
is($found, 64, 'tradectl has each slot where nginx has it');

# A server that is no master, or that scripts can't run at, is not used

my $master = $t->redis('master');
my $replica = $t->redis('replica', args => ['--replicaof', '127.0.0.1', $master->{port}]);
my $cluster = $t->redis('cluster', args => [qw(--cluster-enabled yes --cluster-port), free_port()]);
for ([$master, 0, qr/^$/], [$replica, 1, qr/\): it is a replica: READONLY /],
    [$cluster, 1, qr/\): it runs in cluster mode: /]) {
    my ($redis, $expected, $says) = @$_;
    spew("$dir/one.conf", 'server ' . $redis->address . " name=a;\n");
    my ($code, $out, $err) = tradectl('-c', "$dir/one.conf", 'open', 1);
    is($code, $expected, "tradectl open ends with $expected");
    like($err, $says, 'tradectl says why');
}
is_deeply($_->cmd('KEYS', '*'), [], 'tradectl open writes nothing to such servers') for $replica, $cluster;
$master->cmd('CONFIG', 'SET', 'maxmemory', 1);
spew("$dir/one.conf", 'server ' . $master->address . " name=a;\n");
is((tradectl('-c', "$dir/one.conf", 'open', 1))[0], 0,
    'a server whose memory is full can be read');

$t->done;
