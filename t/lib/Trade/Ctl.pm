package Trade::Ctl;

# tradectl, and what a test looks at in Redis to see what it has done.
#
#   my $ctl = Trade::Ctl->new(dir => folder, shards => { a => $redis },
#       kafka => $t->kafka, topic => $t->topic);
#   my ($code, $said) = $ctl->reconcile('-w', 0, $ctl->slot('A-1'));

use strict;
use warnings;

use Compress::Raw::Zlib qw(crc32);
use Trade::Process qw(spew slurp wait_for);

# new(dir, shards => { name => Trade::Redis }, kafka, topic)
sub new {
    my ($class, %self) = @_;
    my $self = bless { %self, file => "$self{dir}/shards.conf" }, $class;
    mkdir $self->{dir};
    spew($self->{file}, join '', map {
        'server ' . $self->{shards}{$_}->address . " name=$_;\n"
    } sort keys %{ $self->{shards} });
    return $self;
}

# Its exit code, and what it said.
sub run {
    my ($self, @args) = @_;
    my $pid = open my $out, '-|';
    defined $pid or die "fork: $!\n";
    if (!$pid) {
        open STDERR, '>&', \*STDOUT;
        exec "$ENV{TRADE_OUT}/tradectl", '-c', $self->{file}, @args
            or POSIX::_exit(127);
    }
    my $said = join '', <$out>;
    close $out;
    return ($? & 127 ? "signal $?" : $? >> 8, $said);
}

sub reconcile {
    my ($self, @args) = @_;
    return $self->run('reconcile', '-b', $self->{kafka}->address,
        '-T', $self->{topic}, @args);
}

sub compare { my ($self, @args) = @_; $self->reconcile('--compare', @args) }

# Of an SKU: its slot, a key of it, why it is closed.
sub slot { my ($self, $sku) = @_; crc32($sku) % 4096 }

sub key {
    my ($self, $sku, $kind) = @_;
    return 'trade:{s' . $self->slot($sku) . "}:$kind";
}

1;
